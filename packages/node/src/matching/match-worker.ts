import { parentPort } from 'node:worker_threads'
import { createLineMatcher, type LineMatcher } from './line-matcher.ts'
import type { ThreadTask } from './match-thread.ts'
import type { ValueFilter } from './value-filter.ts'

// The thread of `match`. It is given a filter, and then answers each piece of a text, and its end, with what it found.

let filter: ValueFilter | undefined
let matcher: LineMatcher | undefined

parentPort?.on('message', (task: ThreadTask) => {
  if (task.do === 'load') ({ filter } = task)
  else if (filter !== undefined) {
    matcher ??= createLineMatcher(filter)
    parentPort?.postMessage(task.do === 'push' ? matcher.push(task.piece) : matcher.end())
    if (task.do === 'end') matcher = undefined
  }
})
