import { setTimeout as delay } from 'node:timers/promises'
import type { NodeApi } from '@intelmesh/node'
import { createChance } from '../../packages/cli/src/demo/chance.ts'
import { foundCluster } from './cluster.ts'
import { awaitAgreement, complaints, verifyStore } from './look-at-nodes.ts'
import type { NodeProcess } from './node-process.ts'
import { indicatorText } from './indicator-text.ts'
import { median, type Soak, type SoakSession, type Violation } from './run-soak.ts'

/**
 * One member publishes a false positive and takes it back: it is gone from look-ups and exports of nine others, and of a tenth
 * that was away from the moment at which it has caught up. The time that an ordinary record takes to reach the nine is measured beside.
 */
export const takeBackSoak: Soak = { name: 'take-back', open }

async function open({ folder, seed }: Parameters<Soak['open']>[0]): Promise<SoakSession> {
  await using opening = new AsyncDisposableStack()
  const cluster = opening.use(await foundCluster(folder))
  const members: NodeProcess[] = []
  for (const name of NAMES) members.push(await cluster.enrol(name))
  for (const member of members) await member.start()
  const [author, sleeper, ...others] = members as [NodeProcess, NodeProcess, ...NodeProcess[]]
  await awaitAgreement(cluster.nodes)
  const running = opening.move()

  async function publish(value: string, uuid: string): Promise<string> {
    const objects = [{ text: indicatorText(value, uuid), where: value }]
    const { published } = await author.api.publish({ tlp: 'green', objects })
    return published[0]?.record ?? ''
  }

  return {
    async round(number) {
      const began = new Date()
      const chance = createChance(seed, `round ${number}`)
      const violations: Violation[] = []
      const value = `${chance.uuid().slice(0, 13)}.wrongly-accused.top`

      const published = performance.now()
      const record = await publish(value, chance.uuid())
      const arrivals = await Promise.all(
        others.map((node) => timeUntil(published, () => isKnown(node, value))),
      )
      await timeUntil(published, () => isKnown(sleeper, value))
      await sleeper.stop()

      const retracted = performance.now()
      const answer = await author.api.retract({ values: [value], reason: 'false-positive' })
      if (answer.retracted.length !== 1)
        violations.push({ code: 'NOT_RETRACTED', detail: JSON.stringify(answer) })
      const departures = await Promise.all(
        others.map((node) => timeUntil(retracted, () => isGone(node, value, record))),
      )
      if (Math.max(...departures) > MOST_MS)
        violations.push({ code: 'RETRACTION_SLOW', detail: `${Math.max(...departures)} ms` })

      await sleeper.start()
      const woken = performance.now()
      const inSync = await timeUntil(woken, async () => (await sleeper.api.status()).isInSync)
      if (!(await isGone(sleeper, value, record)))
        violations.push({ code: 'SERVED_AFTER_SYNC', detail: `${sleeper.name} still knows ${value}` })

      const agreement = await awaitAgreement(cluster.nodes)
      if (typeof agreement !== 'number') violations.push(agreement)
      for (const node of cluster.nodes) violations.push(...(await complaints(node, began)))
      return {
        violations,
        figures: {
          ordinaryMedianMs: median(arrivals),
          ordinaryWorstMs: Math.max(...arrivals),
          retractionMedianMs: median(departures),
          retractionWorstMs: Math.max(...departures),
          sleeperInSyncMs: inSync,
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

/** The author, the one who sleeps, and nine others. */
const NAMES = ['author', 'sleeper', ...Array.from({ length: 9 }, (_, i) => `member-${i + 1}`)]
/** What users are promised of members that are online. */
const MOST_MS = 2_000
const PATIENCE_MS = 60_000
const POLL_MS = 20

async function isKnown({ api }: { readonly api: NodeApi }, value: string): Promise<boolean> {
  const [answer] = await api.lookup([value])
  return (answer?.hits.length ?? 0) > 0
}

async function isGone(node: NodeProcess, value: string, record: string): Promise<boolean> {
  if (await isKnown(node, value)) return false
  return (await node.api.export({ record })).items.length === 0
}

/** ms from `since` until something holds. @throws Error when it never does */
async function timeUntil(since: number, holds: () => Promise<boolean>): Promise<number> {
  for (;;) {
    const isSo = await holds()
    const ms = Math.round(performance.now() - since)
    if (isSo) return ms
    if (ms > PATIENCE_MS) throw new Error('waited for a minute')
    await delay(POLL_MS)
  }
}
