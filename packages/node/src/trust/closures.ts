import { type ChainHead, type Statement, toHex } from '@intelmesh/protocol'
import type { Hex, Store } from '../store/index.ts'

/** What the statements about one node key say together. */
export interface KeyStatus {
  /** Revoked or lapsed: final. */
  readonly isRevoked: boolean
  /** Suspended until then (ms), or without end (`Infinity`); absent when not suspended. */
  readonly suspendedUntil?: number
  /** The heads that close the key's chains, by chain; absent while the key is open. */
  readonly heads?: ReadonlyMap<Hex, readonly ChainHead[]>
}

const OPEN: KeyStatus = { isRevoked: false }

/**
 * Everything the ACO has said about keys, as a function of the set of statements alone: the order in which they came does not
 * matter. See docs/spec/status.md, "Closing chains".
 */
export interface Closures {
  add(statement: Statement): void
  of(key: Hex, nowMs: number): KeyStatus
  /** The greatest n for which statements 1 to n are all held. */
  readonly complete: number
  /** Every head of every key whose chains are closed. */
  closedHeads(nowMs: number): readonly ChainHead[]
  /** Next end of a suspension after `nowMs`, if any. */
  nextChange(nowMs: number): number | undefined
}

export function createClosures(): Closures {
  const byKey = new Map<Hex, Statement[]>()
  const numbers = new Set<number>()
  let complete = 0

  return {
    get complete() {
      return complete
    },
    add(statement) {
      numbers.add(statement.number)
      while (numbers.has(complete + 1)) complete++
      for (const key of statement.keys) {
        const held = [...(byKey.get(toHex(key)) ?? []), statement]
        byKey.set(toHex(key), held.toSorted(inOrder))
      }
    },
    of(key, nowMs) {
      const statements = byKey.get(key)
      return statements === undefined ? OPEN : statusOf(statements, nowMs)
    },
    closedHeads(nowMs) {
      return [...byKey.values()].flatMap((statements) =>
        [...(statusOf(statements, nowMs).heads?.values() ?? [])].flat(),
      )
    },
    nextChange(nowMs) {
      const ends = [...byKey.values()].flat().map((statement) => statement.until ?? 0)
      const later = ends.filter((until) => until > nowMs)
      return later.length === 0 ? undefined : Math.min(...later)
    },
  }
}

/**
 * The ACO's own order. Of two statements with one number, which it should not have made, the stricter comes last and counts, at
 * every node alike.
 */
function inOrder(a: Statement, b: Statement): number {
  return (
    a.number - b.number ||
    Number(a.action === 'suspend') - Number(b.action === 'suspend') ||
    endOf(a) - endOf(b) ||
    a.at - b.at
  )
}

function endOf({ until }: Statement): number {
  return until ?? Number.MAX_SAFE_INTEGER
}

function statusOf(statements: readonly Statement[], nowMs: number): KeyStatus {
  const closing = statements.filter(({ action }) => action === 'revoke' || action === 'lapse')
  if (closing.length > 0) return { isRevoked: true, heads: headsOf(closing) }
  const last = statements.findLast(({ action }) => action === 'suspend' || action === 'reinstate')
  if (last?.action !== 'suspend' || (last.until ?? Infinity) <= nowMs) return OPEN
  // One suspension may need several statements: they are made at one instant, and their heads add up.
  const parts = statements.filter(({ action, at }) => action === 'suspend' && at === last.at)
  return { isRevoked: false, suspendedUntil: last.until ?? Infinity, heads: headsOf(parts) }
}

function headsOf(statements: readonly Statement[]): ReadonlyMap<Hex, readonly ChainHead[]> {
  const heads = new Map<Hex, ChainHead[]>()
  for (const head of statements.flatMap((statement) => statement.heads)) {
    const chain = toHex(head.chain)
    heads.set(chain, [...(heads.get(chain) ?? []), head])
  }
  return heads
}

/**
 * Whether a header is hash-linked at or below a head of its chain. `undefined` while a header in between is missing here:
 * nobody can tell then, and the header is kept out until the gap is filled.
 */
export async function isLinked(
  store: Pick<Store, 'header'>,
  heads: ReadonlyMap<Hex, readonly ChainHead[]>,
  header: { readonly hash: Hex; readonly chain: Hex; readonly seq: number },
): Promise<boolean | undefined> {
  let isKnown = true
  for (const head of heads.get(header.chain) ?? []) {
    const linked = await walkDown(store, head, header)
    if (linked === true) return true
    if (linked === undefined) isKnown = false
  }
  return isKnown ? false : undefined
}

async function walkDown(
  store: Pick<Store, 'header'>,
  head: ChainHead,
  header: { readonly hash: Hex; readonly seq: number },
): Promise<boolean | undefined> {
  if (header.seq > head.seq) return false
  let at: Hex | undefined = toHex(head.hash)
  for (let seq = head.seq; at !== undefined && seq > header.seq; seq--) {
    const row = await store.header(at)
    if (row === undefined) return undefined
    at = row.previous
  }
  return at === header.hash
}
