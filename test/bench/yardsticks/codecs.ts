import { encode as encodeDag } from '@ipld/dag-cbor'
import { Encoder } from 'cbor-x'

/** Maps as objects, as cbor-x is documented to be fastest where there are no shared structures. */
const cborX = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false })

/** Decodes with cbor-x, which checks neither spelling nor bounds. @returns values per second */
export function cborXDecodeRate(encoded: readonly Uint8Array[]): number {
  return rateOf(encoded, (bytes) => cborX.decode(bytes) as unknown)
}

/** Encodes with dag-cbor, which writes one spelling too. @returns values per second */
export function dagCborEncodeRate(values: readonly object[]): number {
  return rateOf(values, (value) => encodeDag(value))
}

/** How often per second `action` is done, over all of `items`. */
export function rateOf<T>(items: readonly T[], action: (item: T) => unknown): number {
  const startedAt = performance.now()
  for (const item of items) action(item)
  return (items.length / (performance.now() - startedAt)) * 1000
}
