import type { InputItem } from './input-item.ts'
import { createInputReader } from './input-reader.ts'
import type { InputOptions } from './input-reader.ts'

/** What is read at a time. */
const PIECE_BYTES = 65_536

/**
 * Reads a file of any known format, one item after the other. Plain values become STIX indicators. What
 * cannot be read is an item as well, with a code and its place; nothing is skipped silently but blank lines
 * and comments. Never throws.
 *
 * @see docs/spec/stix.md, "Input"
 */
export function* readInput(bytes: Uint8Array, options: InputOptions): Generator<InputItem, void> {
  const reader = createInputReader(options)
  for (let from = 0; from < bytes.length; from += PIECE_BYTES)
    yield* reader.push(bytes.subarray(from, from + PIECE_BYTES))
  yield* reader.end()
}
