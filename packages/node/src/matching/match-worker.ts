import { parentPort, workerData } from 'node:worker_threads'
import { createLineMatcher } from './line-matcher.ts'
import type { ValueFilter } from './value-filter.ts'

// The thread of `match`: it answers each piece of text, and `undefined` at the end, with what it found.

const matcher = createLineMatcher(workerData as ValueFilter)

parentPort?.on('message', (piece: Uint8Array | undefined) => {
  parentPort?.postMessage(piece === undefined ? matcher.end() : matcher.push(piece))
})
