/** Major types: the high three bits of an initial byte, RFC 8949 section 3.1. */
export const UINT = 0
export const NEGATIVE = 1
export const BYTES = 2
export const TEXT = 3
export const ARRAY = 4
export const MAP = 5

/** Initial bytes of the three simple values of the subset, RFC 8949 section 3.3. */
export const FALSE = 0xf4
export const TRUE = 0xf5
export const NULL = 0xf6
