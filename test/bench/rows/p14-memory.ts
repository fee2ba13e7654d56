import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inTurns } from '../in-turns.ts'
import { cloneLevel } from '../level-clone.ts'
import { loadedStore } from '../loaded-store.ts'
import type { Bench } from '../row.ts'

/** What a process with a million records holds, and how long it takes until it can answer. */
export const p14: Bench = {
  name: 'P14',
  rows: [
    {
      id: 'P14',
      part: 'RssAnon',
      what: 'memory with 1,000,000 records, after loading, a full scan, 100,000 look-ups and a reconciliation',
      yardstick: '512 MB',
      unit: 'MB',
      target: 1,
      better: 'lower',
      isOnce: true,
    },
    {
      id: 'P14',
      part: 'RSS',
      what: 'memory with 1,000,000 records, mapped tables included',
      yardstick: '512 MB',
      unit: 'MB',
      target: null,
      better: 'lower',
      isOnce: true,
    },
    {
      id: 'P14',
      part: 'start-up',
      what: 'start with 1,000,000 records',
      yardstick: 'a raw LevelDB of the same size opened and counted',
      unit: 'ms',
      target: 2,
      better: 'lower',
    },
  ],
  sizes: { default: 1_000_000, quick: 200 },
  budgetMinutes: 15,
  async open(ground) {
    const { path, load } = await loadedStore(ground, { isStrained: true })
    const [own, raw] = [join(ground.folder, 'own'), join(ground.folder, 'raw')]
    await Promise.all([cloneLevel(path, own), cloneLevel(join(path, 'level'), raw)])
    const most = (what: 'anonymous' | 'resident'): number => Math.max(...load.held.map((at) => at[what])) / MB
    return {
      async run(number) {
        return {
          RssAnon: { ours: most('anonymous'), yardstick: ALLOWED_MB },
          RSS: { ours: most('resident'), yardstick: ALLOWED_MB },
          'start-up': await inTurns(
            {
              ours: () => started(OPEN_NODE, { path: own, seed: ground.seed, cache: ground.cache }),
              yardstick: () => started(OPEN_AND_COUNT, raw),
            },
            number,
          ),
        }
      },
      async [Symbol.asyncDispose]() {},
    }
  },
}

/** Runs something in a process of its own, and gives what it says it took, in ms. */
async function started(script: string, argument: unknown): Promise<number> {
  const child = fork(script, [typeof argument === 'string' ? argument : JSON.stringify(argument)], {
    execArgv: ['--conditions=source'],
  })
  const said: { readonly ms: number }[] = []
  child.on('message', (message: { readonly ms: number }) => said.push(message))
  const [code] = (await once(child, 'exit')) as [number | null]
  const [first] = said
  if (first === undefined) throw new Error(`a start ended with ${code}`)
  return first.ms
}

const OPEN_NODE = fileURLToPath(new URL('../open-node.ts', import.meta.url))
const OPEN_AND_COUNT = fileURLToPath(new URL('../yardsticks/open-and-count.ts', import.meta.url))
const MB = 1024 * 1024
const ALLOWED_MB = 512
