/** What a decoder accepts at most. Every caller names its own, so that no structure is unbounded by default. */
export interface CborLimits {
  /** Bytes of the whole value. */
  readonly maxBytes: number
  /** Nesting of arrays and maps. */
  readonly maxDepth: number
  /** Values in all, keys included. */
  readonly maxItems: number
}
