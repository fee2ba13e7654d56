import { encodeAnswer, type CborValue, encodeCbor, encodeHello, sha256, toHex } from '@intelmesh/protocol'
import { ACO, usualChain, type VectorFile } from '../trust/cast.ts'

/** What both sides say inside the secure channel before it is theirs. */
export async function membershipVectors(): Promise<VectorFile> {
  const [node, operator, root] = await usualChain()
  const hello = { versions: [1], aco: ACO, chain: [node, operator, root], beacon: new Uint8Array(40).fill(6) }
  const proven = { ...hello, chain: [node, operator], proof: { size: 2, index: 1, path: [sha256(node)] } }
  const hellos: readonly (readonly [string, string, Uint8Array])[] = [
    ['a hello', 'accept', encodeHello(hello)],
    ['a hello with proof that the certificate is logged', 'accept', encodeHello(proven)],
    ['a hello of a later version', 'NEWER_THAN_ME', encodeCbor(new Map([[0, 2]]))],
    ['a hello of one certificate', 'STRUCT_MALFORMED', encodeHello({ ...hello, chain: [node] })],
    [
      'a hello of four',
      'STRUCT_MALFORMED',
      encodeHello({ ...hello, chain: [node, operator, operator, root] }),
    ],
    ['a hello of no version', 'STRUCT_MALFORMED', encodeHello({ ...hello, versions: [] })],
    [
      'a hello beyond 8 KiB',
      'CBOR_LIMIT',
      encodeCbor(
        new Map<number, CborValue>([
          [0, 1],
          [9, new Uint8Array(8192)],
        ]),
      ),
    ],
  ]
  const answers: readonly (readonly [string, string, Uint8Array])[] = [
    ['an answer that lets in', 'accept', encodeAnswer({})],
    ['an answer that does not', 'accept', encodeAnswer({ refused: 'CERT_REVOKED' })],
    ['an answer with a control character', 'STRUCT_MALFORMED', encodeAnswer({ refused: 'a\nb' })],
  ]
  return {
    description:
      'Messages of the membership exchange: hellos and answers, by "message". See docs/spec/channel.md.',
    cases: [
      ...hellos.map(([description, expected, bytes]) => ({
        description,
        message: 'hello',
        bytes: toHex(bytes),
        expect: expected,
      })),
      ...answers.map(([description, expected, bytes]) => ({
        description,
        message: 'answer',
        bytes: toHex(bytes),
        expect: expected,
      })),
    ],
  }
}
