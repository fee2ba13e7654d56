import type { AuditCheck, AuditEntry, AuditFilter, AuditVerdict } from '../people-api.ts'
import type { Hex, Store, StoreChanges } from '../store/index.ts'
import { boundDetail, isEntry, NO_HASH, type Note, sealEntry } from './entry.ts'

export interface TrailComponents {
  readonly store: Pick<Store, 'commit' | 'ledger' | 'ledgerRows' | 'meta'>
  /** ms since the Unix epoch. */
  readonly clock: () => number
}

export interface AppendOptions {
  /** Returns once the entry is on disk, not only written. */
  readonly sync: boolean
  /** Ledger rows to write with the entry, both or neither. */
  readonly ledger?: StoreChanges['ledger']
}

/** The audit trail of a node: entries that each name the one before by its hash. Disposing waits for what is being written. */
export interface Trail extends AsyncDisposable {
  /** Entries take their numbers in the order of the calls. @throws StoreError */
  append(note: Note, options: AppendOptions): Promise<AuditEntry>
  /** Newest first. */
  list(filter: AuditFilter): Promise<readonly AuditEntry[]>
  verify(check: AuditCheck): Promise<AuditVerdict>
}

/** Opens the trail that a store holds. */
export async function openTrail({ store, clock }: TrailComponents): Promise<Trail> {
  let head = await readHead(store)
  const waiting: Waiting[] = []
  let writing: Promise<void> | undefined

  /** Everything that waits goes into one commit, or a hundred callers would wait for a hundred syncs. */
  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.splice(0, MAX_GROUP)
      try {
        const entries = chain(head, group, clock())
        const last = entries.at(-1) as AuditEntry
        const rows = entries.map((entry) => [keyOf(entry.number), entry] as const)
        await store.commit(
          {
            ledger: Object.assign(
              {},
              ...group.map(({ options }) => options.ledger),
              Object.fromEntries(rows),
            ),
            meta: { [HEAD]: encodeHead(last) },
          },
          { sync: group.some(({ options }) => options.sync) },
        )
        head = { number: last.number, hash: last.hash }
        group.forEach(({ resolve }, i) => resolve(entries[i] as AuditEntry))
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    writing = undefined
  }

  return {
    append(note, options) {
      const { promise, resolve, reject } = Promise.withResolvers<AuditEntry>()
      waiting.push({ note, options, resolve, reject })
      writing ??= write()
      return promise
    },
    async list({ action, person, before = Infinity, limit = 100 }) {
      const found: AuditEntry[] = []
      const newest = Math.min(head.number, before - 1)
      for (let block = blockOf(newest); block >= 0 && found.length < limit; block -= 1) {
        const rows = await Array.fromAsync(store.ledgerRows(blockPrefix(block)), ([, row]) => row)
        const fitting = rows.filter(
          (row): row is AuditEntry =>
            hasHash(row) &&
            row.number <= newest &&
            (action === undefined || row.action === action) &&
            (person === undefined || row.person === person),
        )
        found.push(...fitting.toReversed())
      }
      return found.slice(0, limit)
    },
    async verify({ head: wanted }) {
      const until = head
      let [number, hash, headAt] = [0, NO_HASH, undefined as number | undefined]
      for await (const [key, entry] of store.ledgerRows(PREFIX)) {
        if (number === until.number) break
        if (key !== keyOf(number + 1) || !isEntry(entry, number + 1, hash)) break
        ;({ number, hash } = entry)
        if (hash === wanted) headAt = number
      }
      const isWhole = number === until.number && hash === until.hash
      return {
        isIntact: isWhole && (wanted === undefined || headAt !== undefined),
        entries: until.number,
        head: until.hash,
        ...(!isWhole && { brokenAt: Math.min(number + 1, until.number) }),
        ...(headAt !== undefined && { headAt }),
      }
    },
    async [Symbol.asyncDispose]() {
      await writing
    },
  }
}

interface Head {
  readonly number: number
  readonly hash: Hex
}

interface Waiting {
  readonly note: Note
  readonly options: AppendOptions
  readonly resolve: (entry: AuditEntry) => void
  readonly reject: (error: unknown) => void
}

const PREFIX = 'audit/'
/** The row that says how far the trail has come: a tail that was cut off is missed by it. */
const HEAD = 'audit-head'
const DIGITS = 14
/** Entries whose keys begin alike are read together. */
const BLOCK_DIGITS = 2
const MAX_GROUP = 100

/** Where the trail goes on. Rows beyond the head were written: they are followed and not written over. */
async function readHead(store: TrailComponents['store']): Promise<Head> {
  const bytes = await store.meta(HEAD)
  let head = bytes === undefined ? { number: 0, hash: NO_HASH } : decodeHead(bytes)
  for (;;) {
    const next = await store.ledger(keyOf(head.number + 1))
    if (!hasHash(next)) return head
    head = { number: head.number + 1, hash: next.hash }
  }
}

/** Rows that somebody else wrote into the store are found by `verify`, and no reason to fail before. */
function hasHash(row: unknown): row is AuditEntry {
  return typeof row === 'object' && row !== null && 'hash' in row && typeof row.hash === 'string'
}

function chain(head: Head, group: readonly Waiting[], now: number): readonly AuditEntry[] {
  const at = new Date(now).toISOString()
  let { number, hash } = head
  return group.map(({ note }) => {
    const { person, token, action } = note
    const said = { person, ...(token !== undefined && { token }), action, detail: boundDetail(note.detail) }
    const entry = sealEntry(hash, { number: (number += 1), at, ...said })
    hash = entry.hash
    return entry
  })
}

function keyOf(number: number): string {
  return `${PREFIX}${String(number).padStart(DIGITS, '0')}`
}

function blockOf(number: number): number {
  return Math.floor(number / 10 ** BLOCK_DIGITS)
}

function blockPrefix(block: number): string {
  return `${PREFIX}${String(block).padStart(DIGITS - BLOCK_DIGITS, '0')}`
}

function encodeHead({ number, hash }: Head): Uint8Array {
  return new TextEncoder().encode(`${number} ${hash}`)
}

function decodeHead(bytes: Uint8Array): Head {
  const [, number, hash] = /^([0-9]{1,14}) ([0-9a-f]{64})$/.exec(new TextDecoder().decode(bytes)) ?? []
  return { number: Number(number ?? 0), hash: hash ?? NO_HASH }
}
