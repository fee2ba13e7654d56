import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Run } from './measure.ts'

/** What a process of its own is to measure. */
export interface Task {
  /** Of the bench. */
  readonly name: string
  readonly seed: string
  readonly size: number
  /** All, unless given. */
  readonly parts?: readonly string[]
  readonly runs: number
  readonly budgetMs: number
}

/** What it says meanwhile. */
export type Told =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'run'; readonly run: Run }

/** What is left when it has ended. */
export interface Outcome {
  readonly runs: readonly Run[]
  /** Why there are fewer runs than were asked for, if there are. */
  readonly fault?: string
}

/**
 * Measures a bench in a process of its own, so that neither the memory nor the compiled code of one colours another. It gets a
 * while to end by itself when its time is out, and is ended then.
 */
export async function runBench(task: Task, onProgress: (text: string) => void): Promise<Outcome> {
  const child = fork(SCRIPT, [], {
    execArgv: ['--conditions=source', '--expose-gc'],
    stdio: ['ignore', process.stderr, 'inherit', 'ipc'],
    // IPC as structured clones: figures stay exact.
    serialization: 'advanced',
  })
  const runs: Run[] = []
  child.on('message', (told: Told) => {
    if (told.kind === 'run') runs.push(told.run)
    else onProgress(told.text)
  })
  const overdue = setTimeout(() => child.kill('SIGKILL'), task.budgetMs + GRACE_MS)
  child.send(task)
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  clearTimeout(overdue)
  if (runs.length >= task.runs && code === 0) return { runs }
  const isLate = signal === 'SIGKILL' || code === 0
  const fault = isLate
    ? `out of time after ${runs.length} of ${task.runs} runs`
    : `it ended with ${code ?? signal}`
  return { runs, fault }
}

const SCRIPT = fileURLToPath(new URL('./bench-process.ts', import.meta.url))
/** One more run of the slowest bench. */
const GRACE_MS = 120_000
