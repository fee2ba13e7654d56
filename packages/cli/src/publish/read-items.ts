import { readFile, stat } from 'node:fs/promises'
import { canonicalise, type InputOptions, readInput } from '@intelmesh/stix'
import type { CommandContext } from '../context.ts'
import { UsageError } from '../usage-error.ts'

/** An object to publish: its canonical JSON text, and where it stood. */
export interface PublishItem {
  readonly text: string
  readonly where: string
  readonly isMarking: boolean
}

/** Something that never reached the node. */
export interface ReadRefusal {
  readonly where: string
  readonly code: string
  readonly path: string
  readonly reason: string
}

/** One file's worth. */
export interface ReadFile {
  readonly name: string
  readonly items: readonly PublishItem[]
  readonly refused: readonly ReadRefusal[]
}

/** How files are read: see `--format` and `--columns`. */
export type ReadOptions = Pick<InputOptions, 'format' | 'columns'>

/** Reads a file, or standard input for `-`. What cannot be read of it is refused item by item. @throws UsageError */
export async function readItems(
  name: string,
  options: ReadOptions,
  context: CommandContext,
): Promise<ReadFile> {
  const bytes = name === '-' ? await context.terminal.readInput(MAX_FILE_BYTES) : await readWhole(name)
  const source = {
    ...options,
    name: name === '-' ? 'stdin' : name,
    now: context.now(),
    uuid: () => crypto.randomUUID(),
  }
  return { name: source.name, ...toItems(bytes, source) }
}

/** Makes objects to publish of the bytes of a file. */
function toItems(bytes: Uint8Array, source: InputOptions): Omit<ReadFile, 'name'> {
  const items: PublishItem[] = []
  const refused: ReadRefusal[] = []
  for (const item of readInput(bytes, source)) {
    const where = placeOf(source.name, item)
    if ('refused' in item) {
      const { code, path, message } = item.refused
      refused.push({ where, code, path, reason: message })
      continue
    }
    const text = new TextDecoder().decode(canonicalise(item.object))
    items.push({ text, where, isMarking: item.object['type'] === 'marking-definition' })
  }
  return { items, refused }
}

/** The largest file that is read. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

async function readWhole(name: string): Promise<Uint8Array> {
  const found = await stat(name).catch(() => undefined)
  if (found === undefined) throw new UsageError(`there is no file ${name}`)
  if (found.isDirectory()) throw new UsageError(`${name} is a folder: name the files in it`)
  if (found.size > MAX_FILE_BYTES)
    throw new UsageError(`${name} is larger than ${MAX_FILE_BYTES} bytes: split it`)
  return readFile(name)
}

function placeOf(name: string, { line, index }: { readonly line?: number; readonly index?: number }): string {
  if (line !== undefined) return `${name}:${line}`
  return index === undefined ? name : `${name}#${index}`
}
