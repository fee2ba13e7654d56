import type { LineMatch, MatchedLines } from './line-matcher.ts'
import type { MatchThread } from './match-thread.ts'

/** What came of some more of a text. */
export interface MatchedText {
  /** Lines are counted from where the text begins. */
  readonly matches: readonly LineMatch[]
  /** Lines so far. */
  readonly lines: number
  /** Of those, lines that were longer than a line may be (1 MiB), and of which the rest was not looked at. */
  readonly cut: number
}

/**
 * Finds in a stream of text what threads were told to find. What comes is given as soon as it is there, in the order of the text; how
 * much is held does not depend on the input.
 *
 * Threads take turns: one is given the text up to the last line break of a piece, the next what comes behind it. So each has whole
 * lines, wherever the text is cut.
 *
 * @throws what `pieces` throws, after all that came before it was given; what a thread throws
 */
export async function* matchLines(
  threads: readonly TextThread[],
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncIterable<MatchedText> {
  const source = pieces[Symbol.asyncIterator]()
  /** In the order of the text. */
  const tasks: Task[] = []
  let turn = 0
  let [lines, cut] = [0, 0]
  let fault: { readonly cause: unknown } | undefined

  async function read(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await source.next()
      return done === true ? undefined : value
    } catch (cause) {
      fault = { cause }
      return undefined
    }
  }

  function ask(question: (thread: TextThread) => Promise<MatchedLines>): void {
    const thread = threads[turn % threads.length] as TextThread
    tasks.push({ thread, answer: question(thread) })
  }

  function share(piece: Uint8Array): void {
    const end = piece.lastIndexOf(NEWLINE) + 1
    if (end > 0) {
      ask((thread) => thread.push(piece.subarray(0, end)))
      turn += 1
    }
    if (end < piece.length) ask((thread) => thread.push(piece.subarray(end)))
  }

  try {
    let reading: Promise<Uint8Array | undefined> | undefined = read()
    while (reading !== undefined || tasks.length > 0) {
      signal.throwIfAborted()
      if (reading !== undefined && (await firstOf(reading, tasks)) === 'piece') {
        const piece: Uint8Array | undefined = await reading
        if (piece === undefined) ask((thread) => thread.end())
        else share(piece)
        reading = piece && read()
      } else {
        const { thread, answer } = tasks.shift() as Task
        const found = await answer
        if (found.hasMore) tasks.unshift({ thread, answer: thread.more() })
        const before = lines
        lines += found.lines
        cut += found.cut
        yield { lines, cut, matches: found.matches.map((match) => ({ ...match, line: before + match.line })) }
      }
    }
  } finally {
    // A source that waits for more ends when it likes.
    void source.return?.().catch(() => undefined)
  }
  if (fault !== undefined) throw fault.cause
}

type TextThread = Pick<MatchThread, 'push' | 'more' | 'end'>

/** What a thread was asked. */
interface Task {
  readonly thread: TextThread
  readonly answer: Promise<MatchedLines>
}

const NEWLINE = 0x0a
/** Tasks that threads have at one time: they need not wait for the next while the node is asked, and no more is held. */
const TASKS_AT_ONCE = 8

/** What comes first: the next piece, unless threads have enough, or what became of the oldest task. */
async function firstOf(reading: Promise<unknown>, tasks: readonly Task[]): Promise<'piece' | 'result'> {
  const [oldest] = tasks
  const piece = reading.then(() => 'piece' as const)
  if (oldest === undefined) return piece
  const result = oldest.answer.then(() => 'result' as const)
  return tasks.length < TASKS_AT_ONCE ? Promise.race([result, piece]) : result
}
