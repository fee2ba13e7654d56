import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import type { Observable } from '@intelmesh/stix'
import type { Hex } from '../interface.ts'

/** What is known of a store that {@link unpackStore} unpacks. Of schema 1 less was written down. */
export interface KeptFacts {
  readonly id: Hex
  readonly counts: { readonly records: number; readonly headers: number; readonly sequence: number }
  readonly logSize: number
  readonly roots: Readonly<Record<string, { readonly count: number; readonly digest: Hex }>>
  /** Keys. */
  readonly ledger: readonly string[]
  /** Rows. */
  readonly control: number
  /** In the order of arrival. */
  readonly records: readonly {
    readonly id: Hex
    readonly sequence: number
    readonly stixId?: string
    readonly stixType?: string
    readonly observables: readonly Observable[]
  }[]
  /** By id of their targets. */
  readonly tombstones: Readonly<Record<Hex, readonly Hex[]>>
  /** By STIX id. */
  readonly versions?: Readonly<Record<string, readonly Hex[]>>
  readonly references?: Readonly<Record<string, readonly Hex[]>>
  /** By hash: how many leaf hashes, and which records are held. */
  readonly headers?: Readonly<
    Record<Hex, { readonly leaves: number | null; readonly records: readonly Hex[] }>
  >
}

/** Unpacks a store that an earlier version of this program wrote, with that schema, into a folder to be made. */
export async function unpackStore(schema: 1 | 2, path: string): Promise<KeptFacts> {
  const packed = await readFile(new URL(`schema-${schema}.json.zst`, import.meta.url))
  const { facts, files } = JSON.parse(zstdDecompressSync(packed).toString()) as {
    readonly facts: KeptFacts & { readonly takenBack?: Hex }
    readonly files: Readonly<Record<string, string>>
  }
  await mkdir(join(path, 'level'), { recursive: true })
  for (const [name, bytes] of Object.entries(files))
    await writeFile(join(path, name), Buffer.from(bytes, 'base64'))
  const { takenBack } = facts
  if (takenBack === undefined) return facts
  // The tombstone came last.
  return { ...facts, tombstones: { [takenBack]: [facts.records.at(-1)?.id as Hex] } }
}
