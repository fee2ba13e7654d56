import { setTimeout as delay } from 'node:timers/promises'
import { type Stall, watchStalls } from './stalls.ts'
import { memoryNow } from '../memory.ts'
import { configOf, startRealNode } from '../real-nodes.ts'

/** What a node in a process of its own says of itself. */
export interface Strain {
  /** What kept its event loop from turning since it was asked last. */
  readonly stall: Stall
  /** Bytes of memory of its own. */
  readonly memory: number
  /** Peers whose score is below the graylist's, by node key id. */
  readonly banned: readonly string[]
  /** Whether it came to what the question waits for. */
  readonly isReached: boolean
}

/** Asked of it: to tell how it fares, at once or as soon as something has come about. */
export interface Question {
  /** It has so many records. */
  readonly records?: number
  /** It has written down a refusal with this code since it was asked last. */
  readonly code?: string
}

const GRAYLIST = -2500
const PATIENCE_MS = 60_000
const LOOK_MS = 100
/** Of what it wrote down last. */
const NOTES = 64

// Started by ../rows/hostile.ts with a home as argument: tells its address, and how it fares whenever it is asked.
const stalls = watchStalls()
const running = new AsyncDisposableStack()
const { core, mesh } = await startRealNode(process.argv[2] as string, configOf(0), running)
let askedAt = Date.now()
stalls.take()
process.on('message', (question: Question) => void answer(question))
process.send?.(mesh.network.addresses[0])

async function answer({ records = 0, code }: Question): Promise<void> {
  const reached = async (): Promise<boolean> =>
    core.store.counts.records >= records && (code === undefined || (await isNoted(code)))
  const until = Date.now() + PATIENCE_MS
  while (!(await reached()) && Date.now() < until) await delay(LOOK_MS)
  const isReached = await reached()
  const stall = stalls.take()
  const banned = mesh.network.peers().filter(({ score }) => score < GRAYLIST)
  const strain: Strain = {
    stall,
    memory: memoryNow().anonymous,
    banned: banned.map(({ node }) => node),
    isReached,
  }
  stalls.take()
  askedAt = Date.now()
  process.send?.(strain)
}

async function isNoted(code: string): Promise<boolean> {
  const rows = await core.store.quarantine(NOTES)
  return rows.some((row) => row.code === code && row.at >= askedAt)
}
