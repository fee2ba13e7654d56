import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { matchByRegex } from './regex-set.ts'
import type { RegexThreadData } from './regex-set-threads.ts'

// A thread that waits until it may start.
const { path, known, span } = workerData as RegexThreadData
parentPort?.postMessage('ready')
if (parentPort !== null) await once(parentPort, 'message')
parentPort?.postMessage(await matchByRegex(path, known, span))
