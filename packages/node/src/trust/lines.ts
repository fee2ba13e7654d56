import { type ChainHead, fromBase64url, fromHex, toBase64url, toHex } from '@intelmesh/protocol'
import type { HeaderRow, Hex, Store } from '../store/index.ts'

/**
 * What hangs below the heads that close chains. A hash names all that is below it for good: what was found once is kept in the
 * ledger, and a chain is walked once for each head, however many of its headers are asked about.
 *
 * @see docs/spec/status.md, "Closing chains"
 */
export interface Lines {
  /**
   * Whether a header is hash-linked at or below a head of its chain. `undefined` while a header in between is missing here:
   * nobody can tell then, and the header is kept out until the gap is filled.
   */
  isLinked(
    heads: ReadonlyMap<Hex, readonly ChainHead[]>,
    header: Pick<HeaderRow, 'hash' | 'chain' | 'seq'>,
  ): Promise<boolean | undefined>
  /** The first header at or below a head that is not held here; none where all are, to the beginning of the chain. */
  gapBelow(head: ChainHead): Promise<Gap | undefined>
}

/** A header that is missing. */
export interface Gap {
  readonly hash: Hex
  readonly seq: number
}

/** `line/<head>`: how far the line below a head is known. */
interface LineRow {
  /** How many hashes, beginning with that of the head, stand in rows `line/<head>/<number>`: {@link ROW_HASHES} in each. */
  readonly full: number
  /** The hashes after those, at least one. */
  readonly rest: string
  /** Whether the last one is that of the first header of its chain. */
  readonly isEnded: boolean
}

/** What a row holds, so that finding a header reads little, and going on by one writes little. */
const ROW_HASHES = 64
/** Rows written in one batch. */
const STEP = 64

/** @param store where headers are, and where lines are kept */
export function createLines(store: Pick<Store, 'header' | 'ledger' | 'commit'>): Lines {
  /** The walks under way, by head: one after the other, so that none is walked twice. */
  const walks = new Map<Hex, Promise<unknown>>()

  async function lineOf(head: Hex): Promise<LineRow> {
    const row = await store.ledger(keyOf(head))
    return (row as LineRow | undefined) ?? { full: 0, rest: packed([head]), isEnded: false }
  }

  /** Goes on as far as headers are held, or the hash `depth` below the head is known. */
  function walkTo(head: Hex, depth: number): Promise<LineRow> {
    const walk = (walks.get(head) ?? Promise.resolve()).then(() => walkOn(head, depth))
    const settled = walk
      .catch(() => undefined)
      .then(() => {
        if (walks.get(head) === settled) walks.delete(head)
      })
    walks.set(head, settled)
    return walk
  }

  async function walkOn(head: Hex, depth: number): Promise<LineRow> {
    const before = await lineOf(head)
    let { full, isEnded } = before
    let hashes = unpacked(before.rest)
    let ledger: Record<string, LineRow | string> = {}
    while (!isEnded && full + hashes.length <= depth) {
      const row = await store.header(hashes.at(-1) as Hex)
      if (row === undefined) break
      if (row.previous === undefined) isEnded = true
      else hashes.push(row.previous)
      if (hashes.length <= ROW_HASHES) continue
      ledger[keyOf(head, full / ROW_HASHES)] = packed(hashes.slice(0, ROW_HASHES))
      full += ROW_HASHES
      hashes = hashes.slice(ROW_HASHES)
      if (Object.keys(ledger).length < STEP) continue
      await store.commit({ ledger: { ...ledger, [keyOf(head)]: line() } }, { sync: false })
      ledger = {}
    }
    const after = line()
    if (after.rest !== before.rest || after.isEnded !== before.isEnded)
      await store.commit({ ledger: { ...ledger, [keyOf(head)]: after } }, { sync: false })
    return after

    function line(): LineRow {
      return { full, rest: packed(hashes), isEnded }
    }
  }

  /** The hash that lies so deep below a head: an empty one before the beginning of the chain, and `undefined` below a gap. */
  async function hashAt(head: Hex, depth: number): Promise<Hex | undefined> {
    let line = await lineOf(head)
    if (!line.isEnded && depth >= knownOf(line)) line = await walkTo(head, depth)
    const { full, rest, isEnded } = line
    if (depth >= knownOf(line)) return isEnded ? '' : undefined
    const row = depth >= full ? rest : await store.ledger(keyOf(head, Math.floor(depth / ROW_HASHES)))
    return unpacked(row as string)[depth % ROW_HASHES] as Hex
  }

  return {
    async isLinked(heads, { hash, chain, seq }) {
      let isKnown = true
      for (const head of heads.get(chain) ?? []) {
        if (seq > head.seq) continue
        const at = await hashAt(toHex(head.hash), head.seq - seq)
        if (at === hash) return true
        if (at === undefined) isKnown = false
      }
      return isKnown ? false : undefined
    },
    async gapBelow({ hash, seq }) {
      const { full, rest, isEnded } = await walkTo(toHex(hash), Infinity)
      if (isEnded) return undefined
      const hashes = unpacked(rest)
      return { hash: hashes.at(-1) as Hex, seq: seq - full - hashes.length + 1 }
    },
  }
}

function keyOf(head: Hex, number?: number): string {
  return number === undefined ? `line/${head}` : `line/${head}/${number}`
}

/** How many hashes of a line are known. */
function knownOf({ full, rest }: LineRow): number {
  return full + unpacked(rest).length
}

function packed(hashes: readonly Hex[]): string {
  return toBase64url(fromHex(hashes.join('')))
}

function unpacked(text: string): Hex[] {
  const digits = toHex(fromBase64url(text))
  return Array.from({ length: digits.length / HASH_DIGITS }, (_, i) =>
    digits.slice(i * HASH_DIGITS, (i + 1) * HASH_DIGITS),
  )
}

const HASH_DIGITS = 64
