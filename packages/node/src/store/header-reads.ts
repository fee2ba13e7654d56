import type { Database } from './database.ts'
import type { HeaderRow, Hex, Store } from './interface.ts'
import { orderKey } from './keys.ts'
import { decodeNumber } from './row-encoding.ts'
import { decodeHeader } from './rows.ts'

/** The part of the store that reads headers. */
export function headerReads(
  database: Database,
): Pick<Store, 'header' | 'hasLeaves' | 'headersOfChain' | 'chainHeads'> {
  async function header(hash: Hex): Promise<HeaderRow | undefined> {
    const row = await database.get('headers', hash)
    return row === undefined ? undefined : decodeHeader(hash, row, await database.get('leafHashes', hash))
  }

  return {
    header,
    hasLeaves: (headers) => database.hasMany('leafHashes', headers),
    async headersOfChain(chain, from, to) {
      const hashes: Hex[] = []
      const range = { from: chain + orderKey(from), until: chain + orderKey(to + 1) }
      for await (const [key] of database.entries('byChain', range)) hashes.push(key.slice(-HASH_DIGITS))
      const rows = await database.getMany('headers', hashes)
      return rows.flatMap((row, i) =>
        row === undefined ? [] : decodeHeader(hashes[i] as Hex, row, undefined),
      )
    },
    async chainHeads(author, arrivedBy = Infinity) {
      const heads: HeaderRow[] = []
      // Downwards, a chain at a time: a chain may be long, and its head is at its end.
      for (let until: string | undefined; ;) {
        const last = await lastKey(database, author, until)
        if (last === undefined) return heads.reverse()
        until = last.slice(0, author.length + CHAIN_DIGITS)
        const hash = await headOf(database, until, arrivedBy)
        const head = hash === undefined ? undefined : await header(hash)
        if (head !== undefined) heads.push(head)
      }
    },
  }
}

async function lastKey(
  database: Database,
  author: Hex,
  until: string | undefined,
): Promise<string | undefined> {
  const range = { prefix: author, reverse: true, limit: 1, ...(until === undefined ? {} : { until }) }
  for await (const [key] of database.entries('authorChains', range)) return key
  return undefined
}

/** Hash of the newest header of an author's chain that came by `arrivedBy`. */
async function headOf(database: Database, authorChain: string, arrivedBy: number): Promise<Hex | undefined> {
  for await (const [key, at] of database.entries('authorChains', { prefix: authorChain, reverse: true })) {
    if (decodeNumber(at) <= arrivedBy) return key.slice(-HASH_DIGITS)
  }
  return undefined
}

const HASH_DIGITS = 64
const CHAIN_DIGITS = 32
