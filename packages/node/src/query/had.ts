import { hlcTime } from '@intelmesh/protocol'
import type { RecordLife } from '../api.ts'
import type { Hex, RecordRow, StoredRecord } from '../store/index.ts'
import { nodesWithSame } from '../syncing/index.ts'
import type { QueryComponents } from './may-show.ts'
import { isoTime, nodeView } from './views.ts'

/** As much as has to be known of a record to tell who had it. */
export type Place = Pick<RecordRow, 'set' | 'author' | 'hlc'> &
  Partial<Pick<StoredRecord, 'arrivedAt' | 'sequence'>>

type Had = RecordLife['had'][number]

/**
 * Who is known to have had a record, and since when, earliest first. Peers are taken at their word: a node says what stands in its
 * sets, and nobody can look into it.
 *
 * @see docs/spec/life.md, "Who had it when"
 */
export async function whoHad(
  components: QueryComponents,
  record: Place | undefined,
  tombstone?: StoredRecord,
): Promise<RecordLife['had']> {
  const had = record === undefined ? new Map<Hex, Holder>() : await holders(components, record, tombstone)
  const retracted = tombstone === undefined ? new Map<Hex, number>() : await holdersOf(components, tombstone)
  const nodes = new Set([...had.keys(), ...retracted.keys()])
  return [...nodes]
    .map((node): Had => {
      const retractedAt = retracted.get(node)
      const { at, how } = had.get(node) ?? NOT_KNOWN
      return {
        ...nodeView(components.trust.roster, node),
        ...(at !== undefined && { at: isoTime(at) }),
        how,
        ...(retractedAt !== undefined && { retractedAt: isoTime(retractedAt) }),
      }
    })
    .sort((a, b) => compareTexts(a.at ?? LAST, b.at ?? LAST) || compareTexts(a.node, b.node))
}

interface Holder {
  readonly at?: number
  readonly how: Had['how']
}

const NOT_KNOWN: Holder = { how: 'unknown' }
/** After every instant. */
const LAST = '~'

async function holders(
  { store, own }: QueryComponents,
  { set, author, hlc, arrivedAt, sequence }: Place,
  tombstone: StoredRecord | undefined,
): Promise<Map<Hex, Holder>> {
  const had = new Map<Hex, Holder>()
  if (sequence !== undefined) {
    for await (const { node, at, sequence: place } of nodesWithSame(store, set, sequence)) {
      // What was the same only after the record had gone says nothing of it.
      if (tombstone === undefined || place < tombstone.sequence) had.set(node, { at, how: 'same-set' })
    }
  }
  if (arrivedAt !== undefined && sequence !== undefined)
    had.set(own().keyId, { at: arrivedAt, how: 'arrived' })
  return had.set(author, { at: hlcTime(hlc), how: 'author' })
}

/** Since when nodes are known to hold a tombstone. */
async function holdersOf(
  { store, own }: QueryComponents,
  tombstone: StoredRecord,
): Promise<ReadonlyMap<Hex, number>> {
  const since = new Map<Hex, number>()
  for await (const { node, at } of nodesWithSame(store, tombstone.set, tombstone.sequence))
    since.set(node, at)
  return since.set(own().keyId, tombstone.arrivedAt).set(tombstone.author, hlcTime(tombstone.hlc))
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
