import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Remembers acknowledged record ids in a file, by a process of its own. */
export interface Recorder extends AsyncDisposable {
  /** Resolves once the ids are on disk. */
  record(ids: readonly string[]): Promise<void>
  /** All ids in the file. */
  recorded(): Promise<readonly string[]>
}

/** Starts the process. It goes on with a file that exists. */
export function openRecorder(path: string): Recorder {
  const child = fork(SCRIPT, [path], { execArgv: [] })
  const waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()
  let last = 0
  child.on('message', ({ number }: { readonly number: number }) => {
    waiting.get(number)?.resolve()
    waiting.delete(number)
  })
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the recorder has ended'))
  })
  return {
    record(ids) {
      const number = (last += 1)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      waiting.set(number, { resolve, reject })
      child.send({ number, ids })
      return promise
    },
    recorded: async () => (await readFile(path, 'utf8')).split('\n').filter((line) => line !== ''),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

const SCRIPT = fileURLToPath(new URL('./recorder.ts', import.meta.url))
