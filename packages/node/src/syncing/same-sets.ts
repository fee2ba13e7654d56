import { isSameSummary, type Summary, type SyncSet, toHex } from '@intelmesh/protocol'
import type { Hex, Store } from '../store/index.ts'

/** That a node was found to hold the same set. */
export interface SameSet {
  readonly node: Hex
  /** Everything of the set up to here, in this node's order of arrival, was in it. */
  readonly sequence: number
  /** ms since the Unix epoch. */
  readonly at: number
}

/** Writes down when which node was found to hold the same set, so that it can be told who had a record when. */
export interface SameSets {
  /** `root` is the one that both had. What this node no longer has itself when it is told is not written down. */
  note(node: Hex, set: SyncSet, root: Summary): Promise<void>
  /** The place in this node's order of arrival up to which both had the same, if the root that they had then was this one. */
  sequenceOf(node: Hex, set: SyncSet, root: Summary): Promise<number | undefined>
}

/** @see docs/spec/life.md, "Who had it when" */
export function createSameSets(store: Store, clock: () => number): SameSets {
  const known = new Map<string, Known>()

  async function load(prefix: string): Promise<Known> {
    const places: number[] = []
    let digest = ''
    for await (const [key, row] of store.ledgerRows(prefix)) {
      places.push(Number(key.slice(prefix.length)))
      digest = (row as Row).digest ?? ''
    }
    return { places, digest }
  }

  /** What was written down of a node and a set. */
  async function knownOf(prefix: string): Promise<Known> {
    const held = known.get(prefix) ?? (await load(prefix))
    known.set(prefix, held)
    return held
  }

  return {
    async note(node, set, root) {
      if (root.count === 0 || set === 'control' || set === 'register') return
      // Roots and sequence change together: as long as the root stands, the set is what it was up to this sequence.
      const { sequence } = store.counts
      if (!isSameSummary(root, store.rootOf(set))) return
      const prefix = prefixOf(set, node)
      const held = await knownOf(prefix)
      const digest = toHex(root.digest)
      if (held.digest === digest || sequence <= (held.places.at(-1) ?? 0)) return
      const { kept, dropped } = thin([...held.places, sequence])
      known.set(prefix, { digest, places: kept })
      const rows = Object.fromEntries(dropped.map((place) => [prefix + digitsOf(place), undefined]))
      try {
        const row = { [prefix + digitsOf(sequence)]: { at: clock(), digest } satisfies Row }
        await store.commit({ ledger: { ...rows, ...row } }, { sync: false })
      } catch {
        // A full disk ends no session: the next one finds the same again, a little later.
        known.delete(prefix)
      }
    },
    async sequenceOf(node, set, root) {
      const { digest, places } = await knownOf(prefixOf(set, node))
      return root.count > 0 && digest === toHex(root.digest) ? places.at(-1) : undefined
    },
  }
}

/** Each node that was found to hold a set since `sequence`, at the first time that it was. */
export async function* nodesWithSame(store: Store, set: SyncSet, sequence: number): AsyncIterable<SameSet> {
  const prefix = prefixOf(set)
  for (let from = prefix; ;) {
    const next = await firstRow(store, prefix, from)
    if (next === undefined) return
    const node = next.key.slice(prefix.length, next.key.indexOf('/', prefix.length))
    const ofNode = prefixOf(set, node)
    const row = await firstRow(store, ofNode, ofNode + digitsOf(sequence))
    if (row !== undefined) yield { node, sequence: Number(row.key.slice(ofNode.length)), at: row.at }
    from = ofNode + AFTER_DIGITS
  }
}

interface Row {
  readonly at: number
  /** Of the root that both had; rows of earlier versions are without. */
  readonly digest?: string
}

interface Known {
  /** Sequences of its rows, ascending. */
  readonly places: readonly number[]
  /** Of the root that was written down last. */
  readonly digest: string
}

/** Rows of one node and set. When there are more, the older half is thinned, so that the oldest rows are the farthest apart. */
const MAX_ROWS = 512
const AFTER_DIGITS = ':'

function prefixOf(set: SyncSet, node?: Hex): string {
  const ofSet = `same/${set.replace('/', '.')}/`
  return node === undefined ? ofSet : `${ofSet}${node}/`
}

function digitsOf(sequence: number): string {
  return String(sequence).padStart(14, '0')
}

function thin(places: readonly number[]): { kept: readonly number[]; dropped: readonly number[] } {
  const isDropped = (_: number, i: number): boolean =>
    places.length > MAX_ROWS && i < MAX_ROWS / 2 && i % 2 === 0
  return {
    kept: places.filter((place, i) => !isDropped(place, i)),
    dropped: places.filter(isDropped),
  }
}

async function firstRow(
  store: Store,
  prefix: string,
  from: string,
): Promise<{ key: string; at: number } | undefined> {
  for await (const [key, value] of store.ledgerRows(prefix, from))
    return { key, ...(value as { at: number }) }
  return undefined
}
