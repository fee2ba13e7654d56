import { join } from 'node:path'
import { homePaths } from '@intelmesh/node'
import { createChance } from '../../packages/cli/src/demo/chance.ts'
import { atNextWrite } from './at-next-write.ts'
import { foundCluster } from './cluster.ts'
import { startLoad } from './load.ts'
import { awaitAgreement, complaints, holdings, losses, storeHoldings, verifyStore } from './look-at-nodes.ts'
import { openRecorder } from './open-recorder.ts'
import type { NodeProcess } from './node-process.ts'
import { lastSequence, preload } from './preload.ts'
import type { Soak, SoakSession, Violation } from './run-soak.ts'

/**
 * Kills a member's node with SIGKILL while it publishes, round by round, and starts it again: what it had acknowledged has to be
 * there afterwards, here and at its peers, batches are whole or absent, and nobody reports a fork.
 */
export const killSoak: Soak = { name: 'kill', times: 1000, records: 10_000, open }

async function open({ folder, seed, records = 0 }: Parameters<Soak['open']>[0]): Promise<SoakSession> {
  await using opening = new AsyncDisposableStack()
  const cluster = opening.use(await foundCluster(folder))
  const [publisher, peer] = await Promise.all([cluster.enrol('publisher'), cluster.enrol('peer')])
  await Promise.all([publisher.start(), peer.start()])
  const recorder = opening.use(openRecorder(join(folder, 'acknowledged')))
  const loaded = opening.use(openRecorder(join(folder, 'loaded')))
  await preload(publisher, { count: records, recorder: loaded, nodes: cluster.nodes })
  // To list all records takes longer than a round: each looks at what came since the one before, and at all of them now and then.
  const looked = new Map<NodeProcess, number>()
  let acknowledgedBefore = 0
  async function lookedAtAll(): Promise<void> {
    acknowledgedBefore = (await recorder.recorded()).length
    for (const node of [publisher, peer]) looked.set(node, await lastSequence(node.api))
  }
  if (records > 0) await lookedAtAll()
  const loadedUntil = new Map(looked)
  const running = opening.move()

  /** Publishes until the node is gone. */
  async function publishAndKill(number: number) {
    const chance = createChance(seed, `round ${number}`)
    const least = 1 + chance.below(MAX_ANSWERED)
    let killed: Promise<boolean> | undefined
    let isAimed = false
    const aim = (): void => {
      isAimed = true
      const kill = (): void => void (killed = publisher.kill())
      if (number % 2 === 1) setTimeout(kill, chance.below(MAX_DELAY_MS))
      else
        atNextWrite(homePaths(publisher.home).store, () => setTimeout(kill, chance.below(MAX_WRITE_DELAY_MS)))
    }
    const { outcome } = startLoad({
      api: publisher.api,
      recorder,
      chance,
      lanes: LANES,
      pauseMs: 0,
      onSent: (answered) => void (answered >= least && !isAimed && aim()),
    })
    const ended = await outcome
    if ((await killed) !== true) throw new Error('the node ended before it was killed')
    return ended
  }

  return {
    async round(number) {
      const began = new Date()
      const load = await publishAndKill(number)
      const violations: Violation[] = [...load.violations]
      const isWhole = number % WHOLE_EVERY === 0
      const since = (node: NodeProcess): number | undefined => (isWhole ? loadedUntil : looked).get(node)
      const acknowledged = (await recorder.recorded()).slice(isWhole ? 0 : acknowledgedBefore)
      const killsInStart = number % START_KILL_EVERY === 0 ? 1 : 0
      if (killsInStart === 1)
        await publisher.startAndKill(createChance(seed, `start ${number}`).below(MAX_START_MS))
      // Every other time the disk is read before peers can give anything back.
      const onDisk = number % 2 === 1 ? await storeHoldings(publisher, since(publisher)) : undefined
      const startedAt = performance.now()
      await publisher.start()
      const restartMs = Math.round(performance.now() - startedAt)
      const here = onDisk ?? (await holdings(publisher.api, since(publisher)))
      violations.push(...losses(publisher, acknowledged, here))

      const stixIds = new Set(here.values())
      const stored = load.unanswered.map((batch) => batch.filter((id) => stixIds.has(id)).length)
      load.unanswered.forEach((batch, i) => {
        if (stored[i] !== 0 && stored[i] !== batch.length)
          violations.push({ code: 'BATCH_TORN', detail: `${stored[i]} of ${batch.length} objects are there` })
      })

      const agreement = await awaitAgreement(cluster.nodes)
      if (typeof agreement !== 'number') violations.push(agreement)
      for (const node of [publisher, peer])
        violations.push(...losses(node, acknowledged, await holdings(node.api, since(node))))
      for (const id of load.acknowledged.slice(0, SHOWN)) await publisher.api.show(id)
      for (const node of cluster.nodes) violations.push(...(await complaints(node, began)))
      if (violations.length === 0) await lookedAtAll()

      const sum = stored.reduce((total, count) => total + count, 0)
      return {
        violations,
        figures: {
          kills: 1,
          killsBetweenWriteAndAcknowledgement: sum > 0 ? 1 : 0,
          killsWhileStarting: killsInStart,
          requests: load.requests,
          acknowledged: load.acknowledged.length,
          storedUnacknowledged: sum,
          restartMs,
          roundMs: Date.now() - began.getTime(),
          convergedMs: typeof agreement === 'number' ? agreement : 0,
          mostRssAnonMiB:
            Math.max(...(await Promise.all([publisher, peer].map((node) => node.rssAnon())))) / MIB,
        },
      }
    },
    async finish() {
      await Promise.all(cluster.nodes.map((node) => node.stop()))
      const lost: Violation[] = []
      const all = [...(await loaded.recorded()), ...(await recorder.recorded())]
      for (const node of [publisher, peer]) lost.push(...losses(node, all, await storeHoldings(node)))
      return [...lost, ...(await Promise.all(cluster.nodes.map(verifyStore))).flat()]
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

const MIB = 1024 * 1024
/** Enough that a request waits whenever another is done. */
const LANES = 4
/** Requests that are answered before the kill is set off, at most. */
const MAX_ANSWERED = 12
/** Every other kill comes so long after the bytes of a request at most: at any moment of its life. */
const MAX_DELAY_MS = 40
/** The others come so long after a write to the database at most: most of them before it is acknowledged. */
const MAX_WRITE_DELAY_MS = 5
/** Every so many rounds, the node is killed once more while it starts. */
const START_KILL_EVERY = 5
const MAX_START_MS = 700
/** Every so many rounds, all that was acknowledged since the beginning is looked at. */
const WHOLE_EVERY = 50
/** Acknowledged records that are also shown with their whole proof. */
const SHOWN = 5
