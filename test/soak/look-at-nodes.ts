import { setTimeout as delay } from 'node:timers/promises'
import { homePaths, type NodeApi, type NodeStatus } from '@intelmesh/node'
import { openStore } from '../../packages/node/src/store/index.ts'
import type { Violation } from './run-soak.ts'

/** A node that is looked at from outside: its store once it does not run. */
export interface Looked {
  readonly name: string
  readonly home: string
  readonly api: NodeApi
}

/** Waits until the nodes hold the same, set by set, and have the whole log; gives the ms that took, or what stands in the way. */
export async function awaitAgreement(
  nodes: readonly Pick<Looked, 'api'>[],
  { patienceMs, pollMs }: { readonly patienceMs: number; readonly pollMs: number } = PATIENCE,
): Promise<number | Violation> {
  const startedAt = performance.now()
  for (;;) {
    const states = await Promise.all(nodes.map(({ api }) => api.status()))
    const ms = Math.round(performance.now() - startedAt)
    if (agree(states)) return ms
    if (ms > patienceMs) return { code: 'NOT_CONVERGED', detail: states.map(describe).join('; ') }
    await delay(pollMs)
  }
}

/** STIX id of every record that a node lists, by record id; with `since`, of those that arrived after that place. */
export async function holdings(api: NodeApi, since = 0): Promise<ReadonlyMap<string, string>> {
  const held = new Map<string, string>()
  for (let after: number | undefined = since; after !== undefined;) {
    const { records, next } = await api.records({ after, limit: 1000 })
    for (const { record, stixId } of records) held.set(record, stixId)
    after = next
  }
  return held
}

/** {@link holdings} of a node that does not run, out of its store. */
export async function storeHoldings(
  { home }: { readonly home: string },
  since = 0,
): Promise<ReadonlyMap<string, string>> {
  await using store = await openStore({ path: homePaths(home).store })
  const held = new Map<string, string>()
  for (let afterSequence = since; ;) {
    const rows = await store.queryRecords({ afterSequence, limit: 1_000, plainOnly: true })
    for (const { id, stixId = '', sequence } of rows) {
      held.set(id, stixId)
      afterSequence = sequence
    }
    if (rows.length === 0) return held
  }
}

/** What was acknowledged and is not among what a node holds. */
export function losses(
  { name }: Pick<Looked, 'name'>,
  acknowledged: readonly string[],
  held: ReadonlyMap<string, string>,
): readonly Violation[] {
  const lost = acknowledged.filter((id) => !held.has(id))
  if (lost.length === 0) return []
  return [{ code: 'ACKNOWLEDGED_LOST', detail: `${lost.length} at ${name}, such as ${lost[0]}` }]
}

/** What a running node has to say against itself, or since an instant against others. */
export async function complaints(
  { name, api }: Omit<Looked, 'home'>,
  since: Date,
): Promise<readonly Violation[]> {
  const [quarantine, diagnoses] = await Promise.all([api.quarantine({ limit: 1000 }), api.doctor()])
  const blamed = quarantine.filter(({ at, code }) => BLAME.has(code) && at >= since.toISOString())
  const failed = diagnoses.filter(({ state }) => state === 'failed')
  return [
    ...blamed.map(({ code, from, what }) => ({ code, detail: `${name}: ${what} of ${from}` })),
    ...failed.map(({ check, detail }) => ({ code: 'DOCTOR_FAILED', detail: `${name}: ${check}: ${detail}` })),
  ]
}

/** Opens the store of a node that does not run, and reads all of it against its counts and roots. */
export async function verifyStore({ name, home }: Omit<Looked, 'api'>): Promise<readonly Violation[]> {
  try {
    await using store = await openStore({ path: homePaths(home).store })
    await store.verify(new AbortController().signal)
    return []
  } catch (error) {
    return [{ code: 'STORE_DAMAGED', detail: `${name}: ${String(error)}` }]
  }
}

/** What is said of a member that lies, cheats or breaks the protocol. Nobody does so here: a member that died is blamed for nothing. */
const BLAME: ReadonlySet<string> = new Set([
  'CHAIN_FORK',
  'PEER_BANNED',
  'SYNC_MALFORMED',
  'SYNC_TREE_MISMATCH',
  'SYNC_LIMIT',
])

/** Many rounds of reconciliation, which take place every second. */
const PATIENCE = { patienceMs: 60_000, pollMs: 100 }

function agree(states: readonly NodeStatus[]): boolean {
  const isWhole = states.every(({ log, peers }) => log.state === 'consistent' && peers > 0)
  return isWhole && new Set(states.map(({ sets }) => JSON.stringify(sets))).size === 1
}

function describe({ organisation, log, peers, sets }: NodeStatus): string {
  const counts = Object.entries(sets).map(([set, { count, root }]) => `${set} ${count} ${root.slice(0, 8)}`)
  return `${organisation.name}: log ${log.state}, ${peers} peers, ${counts.join(', ')}`
}
