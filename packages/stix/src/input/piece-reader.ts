import type { InputItem } from './input-item.ts'

/**
 * Reads text that comes in pieces, cut anywhere. What `push` and `end` give has to be used up before the next call. A fault of
 * the whole text is thrown, after which nothing more is read.
 */
export interface PieceReader {
  push(text: string): Iterable<InputItem>
  /** What is complete now that nothing follows. Called once, last. */
  end(): Iterable<InputItem>
}
