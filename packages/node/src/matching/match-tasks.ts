import { createLineMatcher, type LineMatcher, type MatchedLines } from './line-matcher.ts'
import type { ThreadTask } from './match-thread.ts'
import type { ValueFilter } from './value-filter.ts'

/**
 * What the thread of `match` does with its tasks. It is given a filter, and then answers each piece of a text, and its end, with what
 * it found. What it finds of one piece it gives in portions, the next when it is asked for it: whatever a piece holds, neither thread
 * holds much of it.
 */
export function createTaskTaker(answer: (lines: MatchedLines) => void): (task: ThreadTask) => void {
  let filter: ValueFilter | undefined
  let matcher: LineMatcher | undefined
  let hasMore = false
  /** What came before all of a piece was taken. */
  const waiting: ThreadTask[] = []

  function take(task: ThreadTask): void {
    if (task.do === 'load') ({ filter } = task)
    if (filter === undefined || task.do === 'load') return
    matcher ??= createLineMatcher(filter)
    const lines =
      task.do === 'push' ? matcher.push(task.piece) : task.do === 'more' ? matcher.more() : matcher.end()
    hasMore = lines.hasMore
    if (task.do === 'end') matcher = undefined
    answer(lines)
  }

  return (task) => {
    if (task.do === 'more' || !hasMore) take(task)
    else waiting.push(task)
    while (!hasMore && waiting.length > 0) take(waiting.shift() as ThreadTask)
  }
}
