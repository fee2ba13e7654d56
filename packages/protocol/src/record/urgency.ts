import { type Leaf, viewLeaf } from './leaf.ts'

/** The channel of records that should not wait behind others. */
const ALERT_CHANNEL = 'alert'

/**
 * Whether a batch begins with a tombstone or an alert: what others should not wait for. Looks at its first leaf alone, before
 * anything is checked: it decides about an order of work, and on nothing else. False for what cannot be read.
 */
export function isUrgentBatch(batch: Uint8Array): boolean {
  const leaf = firstLeaf(batch)
  return leaf !== undefined && (leaf.body.kind === 'tombstone' || leaf.clear.channel === ALERT_CHANNEL)
}

/** [header, [leaf, …]]: past the head of the outer array, the header and the head of the inner array stands the first leaf. */
function firstLeaf(batch: Uint8Array): Leaf | undefined {
  const header = spanAt(batch, 1)
  const leaves = header && spanAt(batch, header.end)
  const leaf = leaves && spanAt(batch, leaves.start)
  if (leaf === undefined) return undefined
  try {
    return viewLeaf(batch.subarray(leaf.start, leaf.end))
  } catch {
    return undefined
  }
}

/** Where the content of the value at `at` begins, and where it ends if it is a string. Arguments have up to four bytes. */
function spanAt(bytes: Uint8Array, at: number): { readonly start: number; readonly end: number } | undefined {
  const info = (bytes[at] ?? 0) & 0x1f
  const size = info < FIRST_LONG ? 0 : 2 ** (info - FIRST_LONG)
  const start = at + 1 + size
  if (info > LAST_LONG || start > bytes.length) return undefined
  let argument = info
  if (size > 0) argument = bytes.subarray(at + 1, start).reduce((sum, byte) => sum * 256 + byte, 0)
  return { start, end: start + argument }
}

/** Additional information of initial bytes after which an argument of one byte, and one of four bytes, stands: RFC 8949 section 3. */
const FIRST_LONG = 24
const LAST_LONG = 26
