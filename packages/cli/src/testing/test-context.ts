import { Readable } from 'node:stream'
import { homePaths, loadConfig, nativeCrypto, nearest, type NodeApi } from '@intelmesh/node'
import type { CommandContext } from '../context.ts'
import type { NodePort } from '../node-port.ts'
import { runIntelmesh } from '../run-intelmesh.ts'
import { commands } from '../commands/index.ts'

/** What a test lets a command see. */
export interface TestWorld {
  readonly api?: Partial<NodeApi>
  /** Whether a running node answers, or this process opens the home. */
  readonly isRunning?: boolean
  readonly node?: Partial<NodePort>
  readonly input?: string
  /** Standard input as it comes, instead of `input`. */
  readonly pieces?: AsyncIterable<Uint8Array>
  /** Answers to questions, in order; without any there is no terminal. */
  readonly answers?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly columns?: number
  readonly signal?: AbortSignal
}

/** What a command left behind. */
export interface Ran {
  readonly exit: number
  readonly out: string
  readonly err: string
}

/** 2030-01-01T00:00:00Z, so that no test depends on today. */
export const NOW: number = Date.UTC(2030, 0, 1)

/** Runs a command line against a hand-made node. */
export async function runTest(argv: readonly string[], world: TestWorld = {}): Promise<Ran> {
  const written = { out: '', err: '' }
  const context = contextOf(world, written)
  const exit = await runIntelmesh(commands, argv, context)
  return { exit, ...written }
}

function contextOf(world: TestWorld, written: { out: string; err: string }): CommandContext {
  const answers = [...(world.answers ?? [])]
  const port: Partial<NodePort> = {
    homePaths,
    loadConfig,
    nativeCrypto,
    nearest,
    readIfPresent: () => Promise.resolve(undefined),
    findOwner: () =>
      Promise.resolve(
        world.isRunning === true ? { pid: 1, apiAddress: 'http://test', token: 't' } : undefined,
      ),
    createApiClient: () => world.api as NodeApi,
    openHome: () =>
      Promise.resolve({ api: world.api as NodeApi, [Symbol.asyncDispose]: () => Promise.resolve() }),
    ...world.node,
  }
  return {
    terminal: {
      out: {
        isTerminal: world.columns !== undefined,
        columns: world.columns,
        write: (text) => void (written.out += text),
      },
      err: { isTerminal: false, columns: undefined, write: (text) => void (written.err += text) },
      isInteractive: world.answers !== undefined,
      readInput: () => Promise.resolve(new TextEncoder().encode(world.input ?? '')),
      readPieces: () => world.pieces ?? Readable.from([new TextEncoder().encode(world.input ?? '')]),
      askSecret: () => Promise.resolve(answers.shift() ?? ''),
      confirm(question) {
        written.err += question
        return Promise.resolve(answers.shift() === 'y')
      },
    },
    environment: { NO_COLOR: '1', ...world.environment },
    now: () => NOW,
    signal: world.signal ?? new AbortController().signal,
    loadNode: () => Promise.resolve(port as NodePort),
  }
}
