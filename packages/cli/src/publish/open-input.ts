import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { CommandContext } from '../context.ts'
import { UsageError } from '../usage-error.ts'

/** Bytes of a file, or of standard input, as they come. */
export interface ByteSource {
  /** What a person calls it; `stdin` for standard input. */
  readonly name: string
  /** Bytes of the whole; undefined for what has no length, such as a pipe. */
  readonly size: number | undefined
  pieces(): AsyncIterable<Uint8Array>
}

/** Finds a file, or standard input for `-`. @throws UsageError if there is nothing to read */
export async function openInput(name: string, { terminal }: CommandContext): Promise<ByteSource> {
  if (name === '-') return { name: 'stdin', size: undefined, pieces: () => terminal.readPieces() }
  const found = await stat(name).catch(() => undefined)
  if (found === undefined) throw new UsageError(`there is no file ${name}`)
  if (found.isDirectory()) throw new UsageError(`${name} is a folder: name the files in it`)
  return { name, size: found.isFile() ? found.size : undefined, pieces: () => createReadStream(name) }
}
