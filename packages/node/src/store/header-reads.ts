import type { Database } from './database.ts'
import { hasRows } from './gathered-reads.ts'
import { SEQ_BYTES } from './header-rows.ts'
import type { ChainOf, HeaderRow, Hex, Store } from './interface.ts'
import { joinKeys, numberKey, readNumber } from './keys.ts'
import { decodeNumber, fromHex, toHex } from './row-encoding.ts'
import { decodeHeader } from './rows.ts'
import type { Range } from './table-reads.ts'

/** The part of the store that reads headers. */
export function headerReads(
  database: Database,
): Pick<
  Store,
  'header' | 'hasHeaders' | 'hasLeaves' | 'headersOfChain' | 'headersOfAuthor' | 'endOfChain' | 'chainHeads'
> {
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
    return headersAt(hashes)
  }

  async function headersAt(hashes: readonly Uint8Array[]): Promise<readonly HeaderRow[]> {
    const rows = await database.getMany('headers', hashes)
    return rows.flatMap((row, i) =>
      row === undefined ? [] : decodeHeader(toHex(hashes[i] as Uint8Array), row, undefined),
    )
  }

  async function headersOfAuthor(
    of: ChainOf,
    from: number,
    to: number,
    most: number,
  ): Promise<readonly HeaderRow[]> {
    const hashes: Uint8Array[] = []
    const until = placeKey(of, to + 1)
    let next: number | undefined = from
    while (next !== undefined) {
      const range: Range = { from: placeKey(of, next), until }
      next = undefined
      let [place, met] = [-1, 0]
      for await (const [key] of database.entries('authorChains', range)) {
        const seq = readNumber(key, HASH_BYTES + CHAIN_BYTES, SEQ_BYTES)
        met = seq === place ? met + 1 : 1
        place = seq
        if (met <= most) hashes.push(key.slice(-HASH_BYTES))
        else {
          // What is more than that is passed over, and not read.
          next = seq + 1
          break
        }
      }
    }
    return headersAt(hashes)
  }

  return {
    header,
    hasHeaders: (headers) => hasRows(database, 'headers', headers.map(fromHex)),
    hasLeaves: (headers) => hasRows(database, 'leafHashes', headers.map(fromHex)),
    headersOfChain,
    headersOfAuthor,
    async endOfChain(of, most) {
      const last = { prefix: chainKey(of), reverse: true, limit: 1 }
      for await (const [key] of database.entries('authorChains', last)) {
        const seq = readNumber(key, HASH_BYTES + CHAIN_BYTES, SEQ_BYTES)
        return headersOfAuthor(of, seq, seq, most)
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

function chainKey({ author, chain }: ChainOf): Uint8Array {
  return joinKeys(fromHex(author), fromHex(chain))
}

function placeKey(of: ChainOf, seq: number): Uint8Array {
  return joinKeys(chainKey(of), numberKey(seq, SEQ_BYTES))
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
