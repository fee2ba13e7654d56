/**
 * A Bloom filter in blocks of eight words, of which a value has one bit in each word of one block: a question reads one line of
 * the processor's cache. Values are given as 32 bits that are well mixed; the upper eight do not choose the block.
 *
 * @see Apache Parquet, "Split Block Bloom Filter"
 */
export function addToBloom(bloom: Uint32Array, mixed: number): void {
  const block = blockOf(bloom, mixed)
  for (let i = 0; i < 8; i++) bloom[block + i] = (bloom[block + i] as number) | (1 << bitOf(mixed, i))
}

/** Whether a value may have been added. False is sure. */
export function mayBeIn(bloom: Uint32Array, mixed: number): boolean {
  const block = blockOf(bloom, mixed)
  // All of them: which one is missing cannot be foreseen, and to guess wrong costs a processor more than the others do.
  let bits = 1
  for (let i = 0; i < 8; i++) bits &= (bloom[block + i] as number) >>> bitOf(mixed, i)
  return bits !== 0
}

/** Words of a filter for a table of `slots`. */
export function bloomWords(slots: number): number {
  return Math.ceil((slots * BITS_PER_SLOT) / 256) * 8
}

/** 15 to 20 for each value, as tables are filled: one question of some hundreds is answered wrongly. */
const BITS_PER_SLOT = 12
/** Odd numbers, one for each word of a block. */
const SALTS: Int32Array = Int32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
)

function blockOf(bloom: Uint32Array, mixed: number): number {
  return Math.floor(((mixed << 8) >>> 0) * 2 ** -32 * (bloom.length >>> 3)) << 3
}

function bitOf(mixed: number, word: number): number {
  return Math.imul(mixed, SALTS[word] as number) >>> 27
}
