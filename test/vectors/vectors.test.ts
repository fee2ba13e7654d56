import { readFile } from 'node:fs/promises'
import {
  type Certificate,
  CERTIFICATE,
  checkLeaf,
  codeOf,
  CONTACT,
  type CborLimits,
  decodeAnswer,
  decodeCbor,
  decodeHello,
  decodeSyncMessage,
  encodeCbor,
  encodeSyncMessage,
  fromHex,
  headerHash,
  keyIdOf,
  maySee,
  openBatch,
  openLoneRecord,
  type ParsedHeader,
  parseHeader,
  parseLeaf,
  parseSign1,
  portableCrypto,
  toHex,
  type TreeNode,
  verifySign1,
} from '@intelmesh/protocol'
import { describe, expect, it } from 'vitest'
import {
  digestFiles,
  digestsOf,
  makeProtocolVectors,
  pathOf,
  PROTOCOL_VECTORS,
  VERSIONS,
} from './make-protocol-vectors.ts'
import type { Material } from './exchange/material.ts'
import { shown } from './protocol/encoding-cases.ts'
import { type Exchange, replayExchange } from './protocol/exchange-cases.ts'
import { type Asked, judgeRelease } from './protocol/release-cases.ts'
import { compareRuns, describeCells, readCells, tagOf } from './protocol/sync-cases.ts'
import { describeTree, judgeAnswer, type Run, setOf } from './protocol/tree-cases.ts'
import { plain, type VectorCase, type VectorFile } from './trust/cast.ts'

/** What the code finds for a case: the parts of it that the file states as well. A refusal throws. */
type Judge = (each: VectorCase, file: VectorFile) => Promise<Readonly<Record<string, unknown>>>

const crypto = portableCrypto
/** Made once for all files: the larger sets take a moment. */
const made = makeProtocolVectors()

const JUDGES: Readonly<Record<string, Judge>> = {
  async cbor({ bytes }, { limits }) {
    const value = decodeCbor(bytesOf(bytes), limits as CborLimits)
    return { value: shown(value), bytes: toHex(encodeCbor(value)) }
  },
  async cose({ bytes }, file) {
    const contact = await verifySign1(crypto, parseSign1(CONTACT, bytesOf(bytes)), keyOf(file))
    return {
      signed: toHex(contact.signed),
      payload: toHex(encodeCbor(CONTACT.payload.encode(contact.claims))),
    }
  },
  async leaf({ bytes }, file) {
    const certificate = parseSign1(CERTIFICATE, bytesOf(file['certificate'])).claims
    const leaf = parseLeaf(crypto, bytesOf(bytes))
    checkLeaf(leaf.clear, parseHeader(bytesOf(file['header'])).claims, authorOf(certificate))
    return { id: toHex(leaf.id), bytes: toHex(leaf.bytes) }
  },
  async batch({ bytes, ids }, file) {
    const { header, leafHashes } = openBatch(crypto, bytesOf(bytes))
    await verifyHeader(header, file)
    return ids === undefined
      ? {}
      : { ids: leafHashes.map(toHex), hash: toHex(headerHash(crypto, header.bytes)) }
  },
  async record({ bytes }, file) {
    const { header, leafHash, record } = openLoneRecord(crypto, bytesOf(bytes))
    await verifyHeader(header, file)
    return { id: toHex(leafHash), index: record.index }
  },
  async tree({ runs }) {
    return describeTree(await setOf(runs as Run[]))
  },
  async mac({ message }, { key }) {
    return { tag: tagOf(key as string, message as string) }
  },
  async cells({ runs, count, cells }) {
    if (runs !== undefined) return describeCells(runs as Run[], count as number)
    readCells(cells as string)
    return {}
  },
  async comparison({ own, theirs }) {
    return compareRuns(own as Run[], theirs as Run[])
  },
  async exchange(each, file) {
    return replayExchange(file as unknown as Material, each as unknown as Exchange)
  },
  async node({ path, expected, node }) {
    const { count, digest } = expected as { count: number; digest: string }
    const verdict = await judgeAnswer(path as string, { count, digest: bytesOf(digest) }, nodeOf(node))
    if (verdict !== 'accept') throw Object.assign(new Error(verdict), { code: verdict })
    return {}
  },
  async 'sync-message'({ bytes }) {
    const message = decodeSyncMessage(bytesOf(bytes))
    return { message: JSON.parse(JSON.stringify(plain(message))), bytes: toHex(encodeSyncMessage(message)) }
  },
  async membership({ bytes, message }) {
    if (message === 'hello') decodeHello(bytesOf(bytes))
    else decodeAnswer(bytesOf(bytes))
    return {}
  },
  async release(each) {
    if (each['compartment'] === undefined) return { rule: judgeRelease(each as unknown as Asked).rule }
    const { to, compartment, own } = each as unknown as {
      to: Parameters<typeof maySee>[0]
      compartment: Parameters<typeof maySee>[1]
      own: Parameters<typeof maySee>[2]
    }
    return { rule: maySee(to, compartment, own).rule }
  },
}

describe.for(PROTOCOL_VECTORS)('test/vectors/%s.json', (name) => {
  it('is what the code finds, case by case', async () => {
    const file = JSON.parse(await readFile(pathOf(name), 'utf8')) as VectorFile
    for (const each of file.cases) {
      const found = await (JUDGES[name.slice(2)] as Judge)(each, file).catch(
        (error: unknown) => codeOf(error) ?? String(error),
      )
      if (each.expect === 'accept') expect(each, each.description).toMatchObject(found as object)
      else expect(found, each.description).toBe(each.expect)
    }
    expect(file.cases.filter((each) => each.expect === 'accept').length).toBeGreaterThan(0)
  })

  it('is what its generator makes', async () => {
    expect((await made).get(name)).toBe(await readFile(pathOf(name), 'utf8'))
  })
})

describe.for(VERSIONS)('test/vectors/%s', (version) => {
  it('is frozen: every file is the one whose digest was written down', async () => {
    expect(await digestFiles(version)).toEqual(JSON.parse(await readFile(digestsOf(version), 'utf8')))
  })
})

async function verifyHeader(header: ParsedHeader, file: VectorFile): Promise<void> {
  await verifySign1(crypto, header, keyOf(file))
}

function keyOf({ keys }: VectorFile): Uint8Array {
  return bytesOf((keys as { node: { publicKey: string } }).node.publicKey)
}

function authorOf(certificate: Certificate): { keyId: Uint8Array; certificate: Certificate } {
  return { keyId: keyIdOf(crypto, certificate.publicKey), certificate }
}

/** A node as a file shows it: its ids, or the digests of its children, in hexadecimal. */
function nodeOf(node: unknown): TreeNode {
  const { kind, ids, children } = node as {
    kind: string
    ids: string
    children: { label: string; count: number; digest: string }[]
  }
  if (kind === 'leaf') return { kind, ids: fromHex(ids) }
  return { kind: 'inner', children: children.map((child) => ({ ...child, digest: fromHex(child.digest) })) }
}

function bytesOf(value: unknown): Uint8Array {
  return fromHex(value as string)
}
