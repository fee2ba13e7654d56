import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeApi } from '@intelmesh/node'
import { createChance } from '../../packages/cli/src/demo/chance.ts'
import { readData } from '../data/data.ts'
import { intelmesh } from '../e2e/intelmesh.ts'
import { foundCluster } from './cluster.ts'
import { awaitAgreement, complaints, verifyStore } from './look-at-nodes.ts'
import type { NodeProcess } from './node-process.ts'
import type { Soak, SoakSession, Violation } from './run-soak.ts'

/**
 * A cron job publishes the same list again and again, of which one value in a hundred has changed: the mesh grows by the change
 * alone, and what every member looks up is the newest list. Now and then half the list is gone, and the command asks first.
 */
export const weekSoak: Soak = playWeek({ listLength: 1_000, halvedEvery: 100 })

/** The same with a list of so many values, of which half is gone in the middle of every so many rounds. */
export function playWeek(draft: WeekDraft): Soak {
  return { name: 'week', open: (ground) => open(ground, draft) }
}

interface WeekDraft {
  readonly listLength: number
  readonly halvedEvery: number
}

async function open(
  { folder, seed }: Parameters<Soak['open']>[0],
  { listLength, halvedEvery }: WeekDraft,
): Promise<SoakSession> {
  await using opening = new AsyncDisposableStack()
  const cluster = opening.use(await foundCluster(folder))
  const members: NodeProcess[] = []
  for (const name of NAMES) members.push(await cluster.enrol(name))
  for (const member of members) await member.start()
  const publisher = members[0] as NodeProcess
  const path = join(folder, 'feed.txt')
  const running = opening.move()

  const pool = createChance(seed, 'pool').shuffle(realDomains())
  const list = pool.splice(0, listLength)
  const changed = Math.ceil(listLength / 100)
  const left: string[] = []
  let arrivals = 0

  async function publish(values: readonly string[], ...words: readonly string[]) {
    await writeFile(path, `# hourly\n${values.join('\n')}\n`)
    const args = ['publish', path, '--tlp', 'green', '--feed', 'hourly', '--json', ...words]
    const startedAt = performance.now()
    const { exit, out, err } = await intelmesh([...args, '--home', publisher.home])
    return { exit, out, err, ms: Math.round(performance.now() - startedAt) }
  }

  async function compare(violations: Violation[]): Promise<void> {
    const gone = left.slice(-LOOKED_BACK)
    for (const { name, api } of members) {
      const known = await knownOf(api, list)
      const stale = await knownOf(api, gone)
      if (known.size !== list.length)
        violations.push({ code: 'LIST_INCOMPLETE', detail: `${name}: ${known.size} of ${list.length}` })
      if (stale.size > 0) violations.push({ code: 'LIST_STALE', detail: `${name}: ${[...stale].join(' ')}` })
    }
  }

  return {
    async round(number) {
      const began = new Date()
      const violations: Violation[] = []
      const change = number === 1 ? 0 : changed
      left.push(...list.splice(createChance(seed, `round ${number}`).below(list.length - change), change))
      list.push(...pool.splice(0, change))
      if (number % halvedEvery === halvedEvery / 2) {
        const halved = await publish(list.slice(0, listLength / 2))
        if (halved.exit !== 4 || !`${halved.out}${halved.err}`.includes('FEED_SHRINKS'))
          violations.push({
            code: 'ASKED_NOBODY',
            detail: `exit ${halved.exit}: ${halved.err.slice(0, 300)}`,
          })
      }
      const { exit, err, ms } = await publish(list)
      if (exit !== 0) violations.push({ code: 'FEED_REFUSED', detail: `exit ${exit}: ${err.slice(0, 300)}` })
      const agreement = await awaitAgreement(cluster.nodes)
      if (typeof agreement !== 'number') violations.push(agreement)
      await compare(violations)
      for (const node of cluster.nodes) violations.push(...(await complaints(node, began)))

      // What arrived is the change alone: new values, and a tombstone for each that left.
      const newest = await newestSequence(publisher, arrivals)
      const grown = newest - arrivals
      arrivals = newest
      const expected = number === 1 ? listLength : 2 * change
      if (grown !== expected)
        violations.push({ code: 'GREW_OTHERWISE', detail: `by ${grown} records, expected ${expected}` })
      return { violations, figures: { grown, publishMs: ms, convergedMs: Number(agreement) || 0 } }
    },
    async finish() {
      await Promise.all(cluster.nodes.map((node) => node.stop()))
      return (await Promise.all(cluster.nodes.map(verifyStore))).flat()
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

const NAMES = ['publisher', 'north', 'south'] as const
/** Of the values that left, so many are looked up. */
const LOOKED_BACK = 500

/** Values of a real feed, in the order of the file. */
function realDomains(): readonly string[] {
  const bytes = readData('ioc/blackbook/blackbook.csv')
  if (bytes === undefined) throw new Error('the test data hold no blackbook.csv')
  const lines = new TextDecoder().decode(bytes).split('\n').slice(1)
  return [...new Set(lines.map((line) => line.split(',')[0] ?? '').filter((value) => value.includes('.')))]
}

async function knownOf(api: NodeApi, values: readonly string[]): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  for (let i = 0; i < values.length; i += 1_000) {
    const answers = await api.lookup(values.slice(i, i + 1_000))
    for (const { query, hits } of answers)
      if (hits.some(({ matched }) => matched.relation === 'exact')) known.add(query)
  }
  return known
}

/** The place of the last record in a node's order of arrival. */
async function newestSequence({ api }: NodeProcess, from: number): Promise<number> {
  let newest = from
  for (let after: number | undefined = from; after !== undefined;) {
    const { records, next } = await api.records({ after, limit: 1_000 })
    newest = records.at(-1)?.sequence ?? newest
    after = next
  }
  return newest
}
