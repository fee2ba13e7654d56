import { watchStalls } from './stalls.ts'
import { memoryNow } from '../memory.ts'
import { configOf, startRealNode } from '../real-nodes.ts'

/** What a node in a process of its own says of itself. */
export interface Strain {
  /** The longest that it kept its event loop from turning since it was asked last, in ms of its own work. */
  readonly stallMs: number
  /** Bytes of memory of its own. */
  readonly memory: number
  /** Peers whose score is below the graylist's, by node key id. */
  readonly banned: readonly string[]
}

const GRAYLIST = -2500

// Started by ../rows/hostile.ts with a home as argument: tells its address, and how it fares whenever it is asked.
const stalls = watchStalls()
const running = new AsyncDisposableStack()
const { mesh } = await startRealNode(process.argv[2] as string, configOf(0), running)
stalls.take()
process.on('message', () => {
  const banned = mesh.network.peers().filter(({ score }) => score < GRAYLIST)
  const strain: Strain = {
    stallMs: stalls.take(),
    memory: memoryNow().anonymous,
    banned: banned.map(({ node }) => node),
  }
  process.send?.(strain)
})
process.send?.(mesh.network.addresses[0])
