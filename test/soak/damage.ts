import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { homePaths } from '@intelmesh/node'
import { codeOf } from '@intelmesh/protocol'
import { type Chance, createChance } from '../../packages/cli/src/demo/chance.ts'
import { foundCluster } from './cluster.ts'
import { startLoad } from './load.ts'
import { awaitAgreement, holdings, losses, verifyStore } from './look-at-nodes.ts'
import type { NodeProcess } from './node-process.ts'
import { openRecorder } from './open-recorder.ts'
import type { Soak, SoakSession, Violation } from './run-soak.ts'

/**
 * Stops a member's node, damages its store in one of eight ways in turn, and starts it again: it notices, puts together what is
 * whole, and has from its peers what is not. Everything that was acknowledged is there afterwards.
 */
export const damageSoak: Soak = { name: 'damage', times: 80, open }

async function open({ folder, seed }: Parameters<Soak['open']>[0]): Promise<SoakSession> {
  await using opening = new AsyncDisposableStack()
  const cluster = opening.use(await foundCluster(folder))
  const [victim, peer] = await Promise.all([cluster.enrol('victim'), cluster.enrol('peer')])
  await Promise.all([victim.start(), peer.start()])
  const recorder = opening.use(openRecorder(join(folder, 'acknowledged')))
  const running = opening.move()

  /** Has a node publish for a moment. */
  async function publish(node: NodeProcess, chance: Chance): Promise<readonly Violation[]> {
    const load = startLoad({
      api: node.api,
      recorder,
      chance,
      lanes: LANES,
      pauseMs: 0,
      onSent: (answered) => void (answered >= REQUESTS && load.stop()),
    })
    return (await load.outcome).violations
  }

  return {
    async round(number) {
      const chance = createChance(seed, `round ${number}`)
      const [name, damage] = DAMAGES[(number - 1) % DAMAGES.length] as (typeof DAMAGES)[number]
      const violations: Violation[] = [
        ...(await publish(victim, chance)),
        ...(await publish(peer, createChance(seed, `round ${number} peer`))),
      ]
      // What nobody else has could not come back: peers have it before the damage is done.
      const before = await awaitAgreement(cluster.nodes)
      if (typeof before !== 'number') violations.push(before)
      await victim.stop()
      const isDone = await damage(join(homePaths(victim.home).store, 'level'), chance)

      const startedAt = performance.now()
      await victim.start()
      const recorded = await recorder.recorded()
      const { agreement, held, isNoticed } = await untilSound(victim, async () => {
        const agreed = await awaitAgreement(cluster.nodes)
        for await (const _progress of victim.api.verifyStore(new AbortController().signal));
        const store = (await victim.api.doctor()).find(({ check }) => check === 'store')
        return {
          agreement: agreed,
          held: await holdings(victim.api),
          isNoticed: store?.state !== 'ok',
        }
      })
      const healedMs = Math.round(performance.now() - startedAt)
      if (typeof agreement !== 'number') violations.push(agreement)
      if (isDone === 'harmful' && !isNoticed) violations.push({ code: 'DAMAGE_UNNOTICED', detail: name })
      violations.push(...losses(victim, recorded, held))
      return {
        violations,
        figures: {
          damages: 1,
          [`damages, ${name}`]: 1,
          [`noticed, ${name}`]: isNoticed ? 1 : 0,
          ['to be noticed']: isDone === 'harmful' ? 1 : 0,
          noticed: isNoticed ? 1 : 0,
          healedMs,
        },
      }
    },
    async finish() {
      await Promise.all(cluster.nodes.map((node) => node.stop()))
      return (await Promise.all(cluster.nodes.map(verifyStore))).flat()
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Looks at a node until it does not start anew meanwhile, as one does that finds damage while it runs. */
async function untilSound<T>(node: NodeProcess, look: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await look()
    } catch (error) {
      const isMending = ['API_UNREACHABLE', 'STORE_DAMAGED', 'STORE_CLOSED'].includes(codeOf(error) ?? '')
      if (!isMending || tries > MOST_STARTS) throw error
      await delay(MENDING_MS)
      await node.reconnect()
    }
  }
}

const MOST_STARTS = 20
const MENDING_MS = 3_000
const LANES = 2
/** Some hundred records a round. */
const REQUESTS = 15

/**
 * What is done to LevelDB's folder, and whether it has to be noticed. It need not where nothing is lost by it: garbage behind the end of a log is
 * no row, and what stands in the last bytes of a log may be rows that stand in a table too by now.
 */
type Damage = (level: string, chance: Chance) => Promise<'harmful' | 'perhaps'>

const DAMAGES: readonly (readonly [string, Damage])[] = [
  [
    'truncated log',
    async (level) => {
      const log = await newest(level, '.log')
      const { size } = await stat(log)
      await truncate(log, Math.floor(size / 2))
      return size > 1_000 ? 'harmful' : 'perhaps'
    },
  ],
  [
    'zeroed block',
    async (level, chance) => {
      return edit(await largest(level), (bytes) => {
        const at = chance.below(Math.max(1, bytes.length - BLOCK))
        return bytes.fill(0, at, at + BLOCK)
      })
    },
  ],
  [
    'garbage tail',
    async (level) => {
      return edit(await newest(level, '.log'), (bytes) => Buffer.concat([bytes, randomBytes(BLOCK)]))
    },
  ],
  [
    'flipped bits in a table',
    async (level, chance) => {
      return edit(await largest(level, '.ldb'), (bytes) => {
        for (let i = 0; i < FLIPS; i++) {
          const at = chance.below(bytes.length)
          bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << chance.below(8)), at)
        }
        return bytes
      })
    },
  ],
  [
    'missing CURRENT',
    async (level) => {
      await rm(join(level, 'CURRENT'))
      return 'harmful'
    },
  ],
  [
    'missing MANIFEST',
    async (level) => {
      await rm(await newest(level, 'MANIFEST'))
      return 'harmful'
    },
  ],
  [
    'missing table',
    async (level) => {
      await rm(await largest(level, '.ldb'))
      return 'harmful'
    },
  ],
  [
    'missing folder',
    async (level) => {
      await rm(level, { recursive: true })
      return 'harmful'
    },
  ],
]

const BLOCK = 4_096
const FLIPS = 16

/** Of a table that the store has noted, any byte that is another is noticed. */
async function edit(path: string, change: (bytes: Buffer) => Buffer): Promise<'harmful' | 'perhaps'> {
  const before = await readFile(path)
  const after = change(Buffer.from(before))
  await writeFile(path, after)
  const noted = await readFile(join(dirname(path), '..', 'tables.crc32'), 'utf8').catch(() => '')
  return noted.includes(`${basename(path)} `) && !after.equals(before) ? 'harmful' : 'perhaps'
}

async function named(level: string, part: string): Promise<readonly string[]> {
  return (await readdir(level)).filter((name) => name.includes(part)).toSorted()
}

async function newest(level: string, part: string): Promise<string> {
  return join(level, (await named(level, part)).at(-1) ?? 'CURRENT')
}

/** The largest of the files in which rows are; a log where there is no table yet. */
async function largest(level: string, part = ''): Promise<string> {
  const names = (await named(level, part)).filter((name) => /\.(?:ldb|log)$/.test(name))
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(level, name))).size))
  return names.length === 0
    ? newest(level, '.log')
    : join(level, names[sizes.indexOf(Math.max(...sizes))] as string)
}
