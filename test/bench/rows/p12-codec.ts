import { type CborMap, type CborValue, encodeCbor, openBatch, viewLeaf } from '@intelmesh/protocol'
import { nativeCrypto } from '../../../packages/node/src/crypto/index.ts'
import { viewCbor } from '../../../packages/protocol/src/encoding/index.ts'
import { openCorpus } from '../corpus.ts'
import { inTurns } from '../in-turns.ts'
import type { Bench } from '../row.ts'
import { cborXDecodeRate, dagCborEncodeRate, rateOf } from '../yardsticks/codecs.ts'

const DECODE = {
  id: 'P12',
  part: 'decode',
  what: 'strict decode of a record',
  yardstick: 'cbor-x, without checks',
  unit: 'records/s',
  target: 0.5,
  better: 'higher',
} as const
const LIMITS = { maxBytes: 256 * 1024, maxDepth: 16, maxItems: 4096 }

/** A record's CBOR, read with every check and written in its one spelling. */
export const p12: Bench = {
  name: 'P12',
  rows: [
    DECODE,
    { ...DECODE, part: 'fields', what: 'strict decode of a record into its checked fields', target: null },
    {
      ...DECODE,
      part: 'encode',
      what: 'deterministic encode of a record',
      yardstick: 'dag-cbor',
      target: 1,
    },
  ],
  sizes: { default: 20_000, quick: 200 },
  async open(ground) {
    const corpus = await openCorpus(ground, { size: ground.size })
    const leaves: Uint8Array[] = []
    for await (const batch of corpus.batches())
      for (const leaf of openBatch(nativeCrypto, batch).leaves) leaves.push(leaf.slice())
    const values = leaves.map((leaf) => viewCbor(leaf, LIMITS))
    const objects = values.map((value) => namedFields(value) as object)
    return {
      async run(number) {
        const decodeYardstick = (): number => cborXDecodeRate(leaves)
        return {
          decode: await inTurns(
            { ours: () => rateOf(leaves, (leaf) => viewCbor(leaf, LIMITS)), yardstick: decodeYardstick },
            number,
          ),
          fields: await inTurns({ ours: () => rateOf(leaves, viewLeaf), yardstick: decodeYardstick }, number),
          encode: await inTurns(
            { ours: () => rateOf(values, encodeCbor), yardstick: () => dagCborEncodeRate(objects) },
            number,
          ),
        }
      },
      async [Symbol.asyncDispose]() {},
    }
  },
}

/** The same value for an encoder that knows text keys alone. */
function namedFields(value: CborValue): unknown {
  if (Array.isArray(value)) return value.map(namedFields)
  if (!(value instanceof Map)) return value
  return Object.fromEntries(Array.from(value as CborMap, ([key, each]) => [`f${key}`, namedFields(each)]))
}
