import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Question, Strain } from './lone-node.ts'

/** A process that runs one of the scripts beside this one. */
export interface Child extends AsyncDisposable {
  send(message: object): void
  /** What it says next. @throws Error when it ends instead */
  next<T>(): Promise<T>
}

export function startChild(script: 'lone-node' | 'attackers' | 'case-process', task: string): Child {
  const child = fork(fileURLToPath(new URL(`./${script}.ts`, import.meta.url)), [task], {
    execArgv: ['--conditions=source', '--expose-gc'],
    serialization: 'advanced',
  })
  return {
    send: (message) => void child.send(message),
    async next<T>() {
      const listening = new AbortController()
      const { signal } = listening
      const ended = once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`${script} ended with ${code}`)
      })
      try {
        const [message] = (await Promise.race([once(child, 'message', { signal }), ended])) as [T]
        return message
      } finally {
        ended.catch(() => undefined)
        listening.abort()
      }
    },
    [Symbol.asyncDispose]: () => stop(child),
  }
}

/** Asks a node in a process of its own how it fares. @throws Error when it does not come to what the question waits for */
export async function ask(victim: Child, question: Question = {}): Promise<Strain> {
  victim.send(question)
  const strain = await victim.next<Strain>()
  if (!strain.isReached) throw new Error(`a node never came to ${JSON.stringify(question)}`)
  return strain
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
