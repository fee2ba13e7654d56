import {
  encodeControl,
  fromHex,
  isWithin,
  type JoinedIds,
  joinIds,
  leavesBelow,
  MAX_LOG_HASHES,
  mayRelease,
  splitIds,
  type SyncItem,
  type SyncSet,
  toHex,
} from '@intelmesh/protocol'
import type { Sweeper } from '../admission/index.ts'
import type { Hex, StoredRecord } from '../store/index.ts'
import { type QueryComponents, visibleSets } from '../query/index.ts'
import { streamOnly } from '../syncing/index.ts'
import { encodeAbout, encodeEnd, encodeItems, encodeLog, MAX_HOURS, type SetTotals } from './content.ts'
import { createFrameWriter, FILE_ID_BYTES, MAGIC } from './frames.ts'
import { hourCounts } from './hour-counts.ts'

/** What a file is written from: the node as who asks for the file may see it. */
export interface WriteFileComponents extends QueryComponents {
  readonly sweeper: Pick<Sweeper, 'asOf'>
  /** So many random bytes. */
  readonly random: (length: number) => Uint8Array
}

/**
 * Writes a file for nodes that no network reaches: what decides (beacon, issuers, log, control), then tombstones, then records as
 * their authors signed them, each as a session sends it. Of data sets it holds what arrived here since `since` (ms since the Unix
 * epoch), as far as the release policy lets it out for who asks.
 *
 * @throws StoreError
 * @see docs/spec/carrying.md
 */
export async function* writeFile(
  components: WriteFileComponents,
  { since, signal }: { readonly since: number | undefined; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const { store, trust, crypto, clock, own, sweeper, random } = components
  const fileId = random(FILE_ID_BYTES)
  const frame = createFrameWriter(fileId)
  const sets = setsFor(components)
  const carried = new Map<SyncSet, number>()
  yield MAGIC
  yield fileId
  yield frame(
    'about',
    encodeAbout({
      cluster: trust.cluster,
      aco: fromHex(trust.aco),
      node: fromHex(own().keyId),
      at: clock(),
      ...(since !== undefined && { since }),
      asOf: sweeper.asOf,
      sets,
    }),
  )
  yield frame('items', encodeItems(issuersAndStatus(components)))
  for (let from = 0; from < store.logSize; from += MAX_LOG_HASHES) {
    const hashes = await store.logHashes(from, Math.min(store.logSize, from + MAX_LOG_HASHES))
    yield frame('log', encodeLog({ from, hashes }))
  }
  const after = since === undefined ? 0 : await sequenceBefore(components, since)
  for (const set of sets) {
    for await (const ids of idsOf(components, set, after)) {
      for await (const { items, count } of streamOnly({ store, crypto, set }, [ids])) {
        signal.throwIfAborted()
        yield frame('items', encodeItems({ set, records: count, items }))
        carried.set(set, (carried.get(set) ?? 0) + count)
      }
    }
  }
  const totals: SetTotals[] = []
  for (const set of sets) totals.push(await totalsOf(components, set, carried.get(set) ?? 0))
  yield frame('end', encodeEnd({ sets: totals }))
}

/** Where members are reached is told to who may know what the cluster shares. */
function setsFor({ store, clearance }: WriteFileComponents): readonly SyncSet[] {
  return visibleSets(store, clearance())
    .map(([set]) => set)
    .filter((set) => set !== 'register' || isWithin('green', clearance()))
}

/** By these all the rest is judged: beacon and list, and whose signature they bear. */
function issuersAndStatus({ trust }: WriteFileComponents): {
  readonly set: SyncSet
  readonly records: number
  readonly items: readonly SyncItem[]
} {
  const issuers = [...trust.roster.all()].filter(
    ({ certificate }) => certificate.claims.mesh.subject !== 'node',
  )
  const objects = [
    ...issuers.map(({ certificate }) => ({ kind: 'certificate' as const, bytes: certificate.bytes })),
    ...(trust.beacon === undefined ? [] : [{ kind: 'beacon' as const, bytes: trust.beacon.bytes }]),
    ...(trust.statusList === undefined ? [] : [{ kind: 'status-list' as const, bytes: trust.statusList }]),
  ]
  const items = objects.map((object): SyncItem => ({ form: 'control', bytes: encodeControl(object) }))
  return { set: 'control', records: items.length, items }
}

/** Ids in runs; the records of a header are in one run, so that a batch can go whole. */
async function* idsOf(
  components: WriteFileComponents,
  set: SyncSet,
  after: number,
): AsyncGenerator<JoinedIds> {
  const compartment = set.split('/')[0] as SyncSet
  if (set !== compartment || set === 'control' || set === 'register') yield* idsOfTree(components, set, after)
  else yield* idsOfArrivals(components, compartment as 'clear' | 'green', after)
}

/** Of small sets all ids are looked at: control is never old, and a tombstone is worth more than its bytes. */
async function* idsOfTree(
  components: WriteFileComponents,
  set: SyncSet,
  after: number,
): AsyncGenerator<JoinedIds> {
  const { store } = components
  await using view = await store.viewOf(set)
  for await (const ids of leavesBelow(view.read, '')) {
    if (set === 'control' || set === 'register') yield ids
    else {
      const records = await store.records(splitIds(ids).map(toHex))
      yield idsIn(records.filter((row) => row.sequence > after && mayLeave(components, row)))
    }
  }
}

async function* idsOfArrivals(
  components: WriteFileComponents,
  set: 'clear' | 'green',
  after: number,
): AsyncGenerator<JoinedIds> {
  let run: { readonly id: Hex; readonly header: Hex }[] = []
  for (let sequence = after; ;) {
    const rows = await components.store.queryRecords({
      afterSequence: sequence,
      limit: PAGE,
      plainOnly: true,
      tlp: set,
    })
    run.push(...rows.filter((row) => row.set === set && mayLeave(components, row)))
    const last = rows.at(-1)
    if (last === undefined) break
    sequence = last.sequence
    if (run.length < RUN) continue
    // What follows may be of the same batch as the last one.
    const whole = run.filter(({ header }) => header !== last.header)
    if (whole.length > 0) yield idsIn(whole)
    run = run.filter(({ header }) => header === last.header)
  }
  if (run.length > 0) yield idsIn(run)
}

function idsIn(records: readonly { readonly id: Hex }[]): JoinedIds {
  return joinIds(records.map(({ id }) => fromHex(id)))
}

/** Every exit asks the release policy. */
function mayLeave({ trust, clearance, release }: WriteFileComponents, row: StoredRecord): boolean {
  const releasable = { tlp: row.tlp, cluster: trust.cluster, expires: row.expires }
  const to = { kind: 'own', clearance: clearance() } as const
  return mayRelease(releasable, 'recipient', to, 'export', release()).allowed
}

/** The place of the last record that arrived before an instant. Times of arrival ascend, as long as nobody sets the clock back. */
async function sequenceBefore({ store }: WriteFileComponents, since: number): Promise<number> {
  let [low, high] = [0, store.counts.sequence]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [row] = await store.queryRecords({ afterSequence: middle, limit: 1, plainOnly: false })
    if (row === undefined || row.arrivedAt >= since) high = middle
    else low = row.sequence
  }
  return low
}

async function totalsOf({ store }: WriteFileComponents, set: SyncSet, carried: number): Promise<SetTotals> {
  await using view = await store.viewOf(set)
  const { count, digest } = view.root
  const hours = await hourCounts(view.read, MAX_HOURS)
  return { set, carried, count, digest, hours: hours.toReversed() }
}

/** Ids in one run: some batches. */
const RUN = 4_096
/** Records read at one time: with the largest there are, 64 MiB. */
const PAGE = 256
