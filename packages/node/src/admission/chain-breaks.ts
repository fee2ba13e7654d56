import type { Hlc } from '@intelmesh/protocol'
import type { ChainOf, HeaderRow, Hex, Store } from '../store/index.ts'
import { type ChainEnds, MAX_FORKS } from './chain-ends.ts'

/** A header, and the earliest reading of its batch. */
export interface ChainLink {
  readonly header: HeaderRow
  readonly from: Hlc
}

/** Proof that an author signed two headers for one place, or broke its chain: kept as evidence, and changes nothing else. */
export interface ChainBreak {
  readonly header: HeaderRow
  readonly code: 'CHAIN_FORK' | 'CHAIN_BROKEN' | 'CHAIN_TIME_REVERSED'
}

/** Where headers are looked for. */
export interface ChainReads {
  readonly store: Pick<Store, 'headersOfAuthor'>
  readonly ends: Pick<ChainEnds, 'of'>
}

/**
 * Finds where headers of a group, in the order in which they came, do not go on with what the store and the group hold of their
 * chains. Where they go on from the end of a chain, which is nearly always, nothing is read; else it is one read for each run of
 * places. Of the headers that an author has signed for one place, no more than {@link MAX_FORKS} are looked at.
 *
 * @see docs/spec/records.md, "Chains"
 */
export async function findBreaks(
  reads: ChainReads,
  links: readonly ChainLink[],
): Promise<readonly ChainBreak[]> {
  const chains = Map.groupBy(links, ({ header }) => `${header.author} ${header.chain}`)
  const found = await Promise.all(
    [...chains.values()].map(async (each) => {
      const runs = runsOf(each.map(({ header }) => header.seq))
      const { header: of } = each[0] as ChainLink
      const held = await Promise.all(runs.map((run) => heldAt(reads, of, run)))
      return breaksOf(each, held.flat())
    }),
  )
  return found.flat()
}

/** The headers held at the places of a run and at the one before it. */
async function heldAt(
  { store, ends }: ChainReads,
  chain: ChainOf,
  [first, last]: Run,
): Promise<readonly HeaderRow[]> {
  const end = await ends.of(chain)
  const before = Math.max(0, first - 1)
  if (end.seq <= before) return end.seq === before ? end.headers : []
  return store.headersOfAuthor(chain, before, Math.min(last, end.seq), MAX_FORKS)
}

type Run = readonly [first: number, last: number]

/** Places that follow each other are read together; what lies between others, and may be long, is not read. */
function runsOf(places: readonly number[]): readonly Run[] {
  const runs: [number, number][] = []
  for (const place of places.toSorted((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run !== undefined && place <= run[1] + 1) run[1] = place
    else runs.push([place, place])
  }
  return runs
}

function breaksOf(links: readonly ChainLink[], held: readonly HeaderRow[]): readonly ChainBreak[] {
  const known = new Map<number, HeaderRow[]>()
  for (const row of held) note(row)
  return links.flatMap(({ header, from }) => {
    const found = codesOf(header, from)
    note(header)
    return found.map((code) => ({ header, code }))
  })

  function note(row: HeaderRow): void {
    const at = known.get(row.seq)
    if (at === undefined) known.set(row.seq, [row])
    else if (at.length < MAX_FORKS) at.push(row)
  }

  function codesOf({ hash, seq, previous }: HeaderRow, from: Hlc): readonly ChainBreak['code'][] {
    const before = known.get(seq - 1) ?? []
    const codes: ChainBreak['code'][] = []
    if (known.get(seq)?.some((row) => row.hash !== hash)) codes.push('CHAIN_FORK')
    // Where there are more than are looked at, the one that is named may be among the others.
    const isAllKnown = before.length > 0 && before.length < MAX_FORKS
    if (isAllKnown && previous !== undefined && !isAmong(before, previous)) codes.push('CHAIN_BROKEN')
    if (before.some((row) => row.to > from)) codes.push('CHAIN_TIME_REVERSED')
    return codes
  }
}

function isAmong(rows: readonly HeaderRow[], hash: Hex): boolean {
  return rows.some((row) => row.hash === hash)
}
