import { type ChainHead, headerHash, openLoneRecord, type ParsedHeader, toHex } from '@intelmesh/protocol'
import type { Hex, Store } from '../store/index.ts'
import { untilHour } from './due.ts'
import { shelfKey, shelfPrefix, type ShelfRow, shelvedBytes } from './shelf-rows.ts'
import type { MayGoOn, ShelfComponents } from './shelve.ts'

/** What of a shelf is looked at, and for how long. */
export interface BringBackOptions {
  /** Where only a gap was filled since all was looked at: heads below which something has to hang to be let in now. */
  readonly below?: ReadonlyMap<Hex, readonly ChainHead[]> | undefined
  readonly mayGoOn: MayGoOn
}

/** What became of the rows of a shelf. */
export interface BroughtBack {
  readonly returned: number
  /** How many stay only because they are dated ahead of the clock. */
  readonly early: number
  /** What stays: `final` where somebody has to say something else, or fill a gap, before any of it comes back. */
  readonly left: 'none' | 'final' | 'waiting'
}

/** Codes of what stays where it lies until somebody says something else: a tombstone keeps out what was accepted and is not there. */
const FINAL: ReadonlySet<string> = new Set(['ACCEPTED', 'CHAIN_CLOSED', 'DUPLICATE', 'RECORD_EXPIRED'])

/** Hands what lies on the shelf of a key to the door again, and takes down what it lets in. */
export async function bringBack(
  components: ShelfComponents,
  node: Hex,
  { below, mayGoOn }: BringBackOptions,
): Promise<BroughtBack> {
  const { store, trust, hasher, admission } = components
  let returned = 0
  let early = 0
  let left: BroughtBack['left'] = 'none'

  function authorOf({ claims }: ParsedHeader): Hex | undefined {
    return trust.roster.byId(toHex(claims.certificate))?.keyId
  }

  /** Everything else stays what it was: nothing else was said, and what was linked before is linked now. */
  async function mayBeLinked(bytes: Uint8Array): Promise<boolean> {
    if (below === undefined) return true
    const { header } = openLoneRecord(hasher, bytes)
    if (authorOf(header) !== node) return false
    const { chain, seq } = header.claims
    const hash = toHex(headerHash(hasher, header.bytes))
    return (await trust.lines.isLinked(below, { hash, chain: toHex(chain), seq })) === true
  }

  /** The code of why it stays, or `undefined` when it is back. */
  async function admit(key: string, row: ShelfRow): Promise<string | undefined> {
    const bytes = shelvedBytes(row)
    if (!(await mayBeLinked(bytes))) return 'CHAIN_CLOSED'
    const id = key.slice(shelfPrefix(node).length)
    const { code, stored } = await admission.admitItem({ form: 'record', bytes }, { kind: 'shelf' })
    await stored
    if (await admission.inTurn(() => takeDown(store, { id, key, row }))) return undefined
    if (code === 'CHAIN_CLOSED') {
      const author = authorOf(openLoneRecord(hasher, bytes).header)
      // A record lies under the key that keeps it out: one that its author's closed chain does comes back when that opens.
      if (author !== undefined && author !== node)
        await admission.inTurn(() => moveTo(store, key, shelfKey(author, id)))
    }
    return code
  }

  for await (const [key, value] of store.ledgerRows(shelfPrefix(node))) {
    if (!(await mayGoOn())) return { returned, early, left: 'waiting' }
    const code = await admit(key, value as ShelfRow)
    if (code === undefined) returned++
    else if (left !== 'waiting') left = FINAL.has(code) ? 'final' : 'waiting'
    if (code === 'RECORD_FROM_FUTURE') early++
  }
  return { returned, early, left }
}

/**
 * Takes a row off the shelf if its record is back. To be done in turn: a tombstone that came in between would have laid the record there
 * again.
 */
async function takeDown(
  store: Store,
  { id, key, row }: { readonly id: Hex; readonly key: string; readonly row: ShelfRow },
): Promise<boolean> {
  const [isBack] = await store.hasRecords([id])
  if (isBack !== true) return false
  await store.commit({ ledger: Object.fromEntries(untilHour(row.expires, key, undefined)) }, { sync: false })
  return true
}

/** What was erased since it was read stays so. */
async function moveTo(store: Store, from: string, to: string): Promise<void> {
  const row = (await store.ledger(from)) as ShelfRow | undefined
  if (row === undefined) return
  const entries = [...untilHour(row.expires, from, undefined), ...untilHour(row.expires, to, row)]
  await store.commit({ ledger: Object.fromEntries(entries) }, { sync: false })
}
