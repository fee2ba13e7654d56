/** The finaliser of MurmurHash3: one to one, and every bit of the result depends on every bit of `word`. */
export function mixWord(word: number): number {
  let h = word | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
