import { canonicalise, createInputReader, type InputItem, type InputOptions } from '@intelmesh/stix'
import type { CommandContext } from '../context.ts'
import { type ByteSource, openInput } from './open-input.ts'

/** An object to publish: its canonical JSON text, and where it stood. */
export interface PublishItem {
  readonly text: string
  readonly where: string
  readonly isMarking: boolean
  /** Made of a plain value: who publishes it gives it its id and times. */
  readonly isValue?: true
}

/** Something that never reached the node. */
export interface ReadRefusal {
  readonly where: string
  readonly code: string
  readonly path: string
  readonly reason: string
  /** Nothing more was read of the file. */
  readonly isLast?: true
}

/** One file's worth. */
export interface ReadFile {
  readonly name: string
  readonly items: readonly PublishItem[]
  readonly refused: readonly ReadRefusal[]
}

/** How files are read: see `--format` and `--columns`. */
export type ReadOptions = Pick<InputOptions, 'format' | 'columns'>

/** Where a stream of items stands. */
export interface ReadingProgress {
  bytes: number
}

/**
 * Reads what can be published, in the order of the file but marking definitions first, as far as it is in memory: labels rest on
 * them. What cannot be read is refused item by item. Takes the memory of a piece, of a line, or of one JSON document. Ends early
 * with `signal`, and with a refusal when the file cannot be read on.
 */
export async function* streamItems(
  source: ByteSource,
  options: ReadOptions,
  { now, signal }: Pick<CommandContext, 'now' | 'signal'>,
  progress: ReadingProgress = { bytes: 0 },
): AsyncIterable<PublishItem | ReadRefusal> {
  const { name } = source
  const reader = createInputReader({ ...options, name, now: now(), uuid: () => crypto.randomUUID() })
  try {
    for await (const piece of source.pieces()) {
      yield* itemsOf(reader.push(piece), name)
      progress.bytes += piece.length
      if (signal.aborted) return
    }
  } catch (error) {
    if (signal.aborted) return
    if (!isReadFault(error)) throw error
    yield { where: name, code: 'INPUT_UNREADABLE', path: '', reason: error.message, isLast: true }
    return
  }
  yield* itemsOf(reader.end(), name)
}

/** Reads a file, or standard input for `-`, into memory. @throws UsageError */
export async function readItems(
  name: string,
  options: ReadOptions,
  context: CommandContext,
): Promise<ReadFile> {
  const source = await openInput(name, context)
  const items: PublishItem[] = []
  const refused: ReadRefusal[] = []
  for await (const item of streamItems(source, options, context)) {
    if ('code' in item) refused.push(item)
    else items.push(item)
  }
  return { name: source.name, items, refused }
}

function itemsOf(found: readonly InputItem[], name: string): readonly (PublishItem | ReadRefusal)[] {
  const items = found.map((item) => itemOf(item, placeOf(name, item)))
  const isMarking = (item: PublishItem | ReadRefusal): boolean => 'isMarking' in item && item.isMarking
  // Documents come in one piece: an object of theirs may stand before the marking that it names.
  return items.some(isMarking)
    ? [...items.filter(isMarking), ...items.filter((item) => !isMarking(item))]
    : items
}

function itemOf(item: InputItem, where: string): PublishItem | ReadRefusal {
  if ('refused' in item) {
    const { code, path, message } = item.refused
    const isLast = item.line === undefined && item.index === undefined
    return { where, code, path, reason: message, ...(isLast && { isLast }) }
  }
  const text = new TextDecoder().decode(canonicalise(item.object))
  const isMarking = item.object['type'] === 'marking-definition'
  return { text, where, isMarking, ...(item.isValue && { isValue: true }) }
}

/** A fault that the system reports, not one of this program. */
function isReadFault(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}

function placeOf(name: string, { line, index }: { readonly line?: number; readonly index?: number }): string {
  if (line !== undefined) return `${name}:${line}`
  return index === undefined ? name : `${name}#${index}`
}
