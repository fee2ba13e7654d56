import type { Database } from './database.ts'
import { hasRows } from './gathered-reads.ts'
import { SEQ_BYTES } from './header-rows.ts'
import type { HeaderRow, Hex, Store } from './interface.ts'
import { joinKeys, numberKey, readNumber } from './keys.ts'
import { decodeNumber, fromHex, toHex } from './row-encoding.ts'
import { decodeHeader } from './rows.ts'

/** The part of the store that reads headers. */
export function headerReads(
  database: Database,
): Pick<Store, 'header' | 'hasLeaves' | 'headersOfChain' | 'endOfChain' | 'chainHeads'> {
  async function header(hash: Hex): Promise<HeaderRow | undefined> {
    const key = fromHex(hash)
    const row = await database.get('headers', key)
    return row === undefined ? undefined : decodeHeader(hash, row, await database.get('leafHashes', key))
  }

  async function headersOfChain(chain: Hex, from: number, to: number): Promise<readonly HeaderRow[]> {
    const hashes: Uint8Array[] = []
    const [first, beyond] = [from, to + 1].map((seq) => joinKeys(fromHex(chain), numberKey(seq, SEQ_BYTES)))
    const range = { from: first as Uint8Array, until: beyond as Uint8Array }
    for await (const [key] of database.entries('chains', range)) hashes.push(key.slice(-HASH_BYTES))
    const rows = await database.getMany('headers', hashes)
    return rows.flatMap((row, i) =>
      row === undefined ? [] : decodeHeader(toHex(hashes[i] as Uint8Array), row, undefined),
    )
  }

  return {
    header,
    hasLeaves: (headers) => hasRows(database, 'leafHashes', headers.map(fromHex)),
    headersOfChain,
    async endOfChain(chain) {
      const last = { prefix: fromHex(chain), reverse: true, limit: 1 }
      for await (const [key] of database.entries('chains', last)) {
        const seq = readNumber(key, CHAIN_BYTES, SEQ_BYTES)
        return headersOfChain(chain, seq, seq)
      }
      return []
    },
    async chainHeads(author, arrivedBy = Infinity) {
      const heads: HeaderRow[] = []
      const prefix = fromHex(author)
      // Downwards, a chain at a time: a chain may be long, and its head is at its end.
      for (let until: Uint8Array | undefined; ;) {
        const last = await lastKey(database, prefix, until)
        if (last === undefined) return heads.reverse()
        until = last.slice(0, prefix.length + CHAIN_BYTES)
        const hash = await headOf(database, until, arrivedBy)
        const head = hash === undefined ? undefined : await header(hash)
        if (head !== undefined) heads.push(head)
      }
    },
  }
}

async function lastKey(
  database: Database,
  prefix: Uint8Array,
  until: Uint8Array | undefined,
): Promise<Uint8Array | undefined> {
  const range = { prefix, reverse: true, limit: 1, ...(until === undefined ? {} : { until }) }
  for await (const [key] of database.entries('authorChains', range)) return key
  return undefined
}

/** Hash of the newest header of an author's chain that came by `arrivedBy`. */
async function headOf(
  database: Database,
  authorChain: Uint8Array,
  arrivedBy: number,
): Promise<Hex | undefined> {
  for await (const [key, at] of database.entries('authorChains', { prefix: authorChain, reverse: true })) {
    if (decodeNumber(at) <= arrivedBy) return toHex(key.subarray(-HASH_BYTES))
  }
  return undefined
}

const HASH_BYTES = 32
const CHAIN_BYTES = 16
