import { createLineMatcher, type LineMatcher, type MatchedLines } from './line-matcher.ts'
import type { ThreadTask } from './match-thread.ts'

/**
 * What a thread of `match` does with its tasks. It is given a filter, and then answers each piece of a text, and its end, with what
 * it found. What it finds of one piece it gives in portions, the next when it is asked for it: whatever a piece holds, neither side
 * holds much of it.
 */
export function createTaskTaker(answer: (lines: MatchedLines) => void): (task: ThreadTask) => void {
  let matcher: LineMatcher | undefined
  let hasMore = false
  /** What came before all of a piece was taken. */
  const waiting: ThreadTask[] = []

  function take(task: ThreadTask): void {
    if (task.do === 'load') matcher = createLineMatcher(task.filter)
    if (matcher === undefined || task.do === 'load') return
    const lines =
      task.do === 'push' ? matcher.push(task.piece) : task.do === 'more' ? matcher.more() : matcher.end()
    hasMore = lines.hasMore
    answer(lines)
  }

  return (task) => {
    if (task.do === 'more' || !hasMore) take(task)
    else waiting.push(task)
    while (!hasMore && waiting.length > 0) take(waiting.shift() as ThreadTask)
  }
}
