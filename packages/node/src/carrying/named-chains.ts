import {
  type Crypto,
  headerHash,
  openLoneRecord,
  parseBatch,
  type ParsedHeader,
  type SyncItem,
  toHex,
} from '@intelmesh/protocol'
import type { ChainOf, Store } from '../store/index.ts'

/** The chains of a file of which something is here. */
export interface NamedChains {
  /** In the order of the file; some thousand of them. */
  readonly chains: readonly ChainOf[]
  /** Takes note of the chains of items, whether they came now, before, or not at all. */
  note(items: readonly SyncItem[]): Promise<void>
}

/** None yet. Only what is held here counts: a file may name anything. */
export function createNamedChains(store: Pick<Store, 'header' | 'hasHeaders'>, crypto: Crypto): NamedChains {
  const chains = new Map<string, ChainOf>()
  /** As headers name them: by certificate and chain. */
  const seen = new Set<string>()
  return {
    get chains() {
      return [...chains.values()]
    },
    async note(items) {
      const headers = new Map<string, string>()
      for (const item of items) {
        const header = headerOf(crypto, item)
        if (header === undefined) continue
        const { certificate, chain } = header.claims
        const name = `${toHex(certificate)}/${toHex(chain)}`
        if (!seen.has(name)) headers.set(toHex(headerHash(crypto, header.bytes)), name)
      }
      const hashes = [...headers.keys()]
      const held = await store.hasHeaders(hashes)
      for (const [i, hash] of hashes.entries()) {
        const name = headers.get(hash) as string
        if (held[i] !== true || seen.has(name) || seen.size >= MAX_CHAINS) continue
        const row = await store.header(hash)
        if (row === undefined) continue
        seen.add(name)
        chains.set(`${row.author}/${row.chain}`, { author: row.author, chain: row.chain })
      }
    },
  }
}

/** The header of an item; undefined for what is none of a record, or malformed. Nothing of it is proven. */
export function headerOf(crypto: Crypto, { form, bytes }: SyncItem): ParsedHeader | undefined {
  try {
    if (form === 'control') return undefined
    return form === 'batch' ? parseBatch(bytes).header : openLoneRecord(crypto, bytes).header
  } catch {
    return undefined
  }
}

const MAX_CHAINS = 10_000
