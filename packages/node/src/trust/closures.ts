import { type ChainHead, type Statement, toHex } from '@intelmesh/protocol'
import type { Hex } from '../store/index.ts'

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
  /** The highest number of a statement about a key: what the key is changes with it, and never back. 0 where there is none. */
  newest(key: Hex): number
  /** The greatest n for which statements 1 to n are all held. */
  readonly complete: number
  /** Every head of every key whose chains are closed. */
  closedHeads(nowMs: number): readonly ChainHead[]
  /** Next end of a suspension after `nowMs`, if any. */
  nextChange(nowMs: number): number | undefined
}

/** The statements about a key in the ACO's order, and what they come to until a suspension ends. */
interface Said {
  readonly statements: readonly Statement[]
  readonly status: KeyStatus
}

export function createClosures(): Closures {
  const byKey = new Map<Hex, Said>()
  const numbers = new Set<number>()
  let complete = 0

  /** Of a suspension, as long as it lasts. */
  function statusAt(key: Hex, nowMs: number): KeyStatus {
    const status = byKey.get(key)?.status ?? OPEN
    return (status.suspendedUntil ?? Infinity) > nowMs ? status : OPEN
  }

  return {
    get complete() {
      return complete
    },
    add(statement) {
      numbers.add(statement.number)
      while (numbers.has(complete + 1)) complete++
      for (const key of statement.keys) {
        const statements = [...(byKey.get(toHex(key))?.statements ?? []), statement].toSorted(inOrder)
        byKey.set(toHex(key), { statements, status: statusOf(statements) })
      }
    },
    of: statusAt,
    newest: (key) => byKey.get(key)?.statements.at(-1)?.number ?? 0,
    closedHeads(nowMs) {
      return [...byKey.keys()].flatMap((key) => [...(statusAt(key, nowMs).heads?.values() ?? [])].flat())
    },
    nextChange(nowMs) {
      const said = [...byKey.values()].flatMap(({ statements }) => statements)
      const ends = said.map((statement) => statement.until ?? 0)
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

function statusOf(statements: readonly Statement[]): KeyStatus {
  const closing = statements.filter(({ action }) => action === 'revoke' || action === 'lapse')
  if (closing.length > 0) return { isRevoked: true, heads: headsOf(closing) }
  const last = statements.findLast(({ action }) => action === 'suspend' || action === 'reinstate')
  if (last?.action !== 'suspend') return OPEN
  // One suspension may need several statements: they are made at one instant, and their heads add up.
  const parts = statements.filter(({ action, at }) => action === 'suspend' && at === last.at)
  return { isRevoked: false, suspendedUntil: last.until ?? Infinity, heads: headsOf(parts) }
}

function headsOf(statements: readonly Statement[]): ReadonlyMap<Hex, readonly ChainHead[]> {
  const heads = new Map<Hex, ChainHead[]>()
  for (const head of statements.flatMap((statement) => statement.heads)) {
    const chain = toHex(head.chain)
    const ofChain = heads.get(chain)
    if (ofChain === undefined) heads.set(chain, [head])
    else ofChain.push(head)
  }
  return heads
}
