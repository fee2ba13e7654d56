import { parentPort } from 'node:worker_threads'
import { createTaskTaker } from './match-tasks.ts'

// A thread of `match`.
parentPort?.on(
  'message',
  createTaskTaker((lines) => parentPort?.postMessage(lines)),
)
