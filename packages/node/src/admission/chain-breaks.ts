import type { Hlc } from '@intelmesh/protocol'
import type { HeaderRow, Hex, Store } from '../store/index.ts'
import type { ChainEnds } from './chain-ends.ts'

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
  readonly store: Pick<Store, 'headersOfChain'>
  readonly ends: Pick<ChainEnds, 'of'>
}

/**
 * Finds where headers of a group, in the order in which they came, do not go on with what the store and the group hold of their
 * chains. Where they go on from the end of a chain, which is nearly always, nothing is read; else it is one read for each run of
 * places.
 *
 * @see docs/spec/records.md, "Chains"
 */
export async function findBreaks(
  reads: ChainReads,
  links: readonly ChainLink[],
): Promise<readonly ChainBreak[]> {
  const chains = [...Map.groupBy(links, ({ header }) => header.chain)]
  const found = await Promise.all(
    chains.map(async ([chain, each]) => {
      const runs = runsOf(each.map(({ header }) => header.seq))
      const held = await Promise.all(runs.map((run) => heldAt(reads, chain, run)))
      return breaksOf(each, held.flat())
    }),
  )
  return found.flat()
}

/** The headers held at the places of a run and at the one before it. */
async function heldAt(
  { store, ends }: ChainReads,
  chain: Hex,
  [first, last]: Run,
): Promise<readonly HeaderRow[]> {
  const end = await ends.of(chain)
  const before = Math.max(0, first - 1)
  if (end.seq <= before) return end.seq === before ? end.headers : []
  return store.headersOfChain(chain, before, Math.min(last, end.seq))
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
  const known = new Map<string, HeaderRow[]>()
  for (const row of held) note(row)
  return links.flatMap(({ header, from }) => {
    const found = codesOf(header, from)
    note(header)
    return found.map((code) => ({ header, code }))
  })

  /** Another author may have taken the same chain id. */
  function at({ author }: HeaderRow, seq: number): HeaderRow[] {
    return known.get(`${author} ${seq}`) ?? []
  }

  function note(row: HeaderRow): void {
    known.set(`${row.author} ${row.seq}`, [...at(row, row.seq), row])
  }

  function codesOf(header: HeaderRow, from: Hlc): readonly ChainBreak['code'][] {
    const { hash, seq, previous } = header
    const before = at(header, seq - 1)
    const codes: ChainBreak['code'][] = []
    if (at(header, seq).some((row) => row.hash !== hash)) codes.push('CHAIN_FORK')
    if (before.length > 0 && previous !== undefined && !isAmong(before, previous)) codes.push('CHAIN_BROKEN')
    if (before.some((row) => row.to > from)) codes.push('CHAIN_TIME_REVERSED')
    return codes
  }
}

function isAmong(rows: readonly HeaderRow[], hash: Hex): boolean {
  return rows.some((row) => row.hash === hash)
}
