import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import type { Observable } from '@intelmesh/stix'
import type { Hex } from '../interface.ts'

/** What is known of the store that {@link unpackSchema1} unpacks. */
export interface Schema1Facts {
  readonly id: Hex
  readonly counts: { readonly records: number; readonly headers: number; readonly sequence: number }
  readonly logSize: number
  readonly roots: Readonly<Record<string, { readonly count: number; readonly digest: Hex }>>
  /** A record on the shelf. */
  readonly takenBack: Hex
  /** Keys. */
  readonly ledger: readonly string[]
  /** Rows. */
  readonly control: number
  /** In the order of arrival: five indicators but one, malware, a sighting, an opinion, a note, a tombstone. */
  readonly records: readonly {
    readonly id: Hex
    readonly sequence: number
    readonly stixId?: string
    readonly stixType?: string
    readonly observables: readonly Observable[]
  }[]
}

/** Unpacks a store that version 0.1 of this program wrote, with schema 1, into a folder to be made. */
export async function unpackSchema1(path: string): Promise<Schema1Facts> {
  const packed = await readFile(new URL('schema-1.json.zst', import.meta.url))
  const { facts, files } = JSON.parse(zstdDecompressSync(packed).toString()) as {
    readonly facts: Schema1Facts
    readonly files: Readonly<Record<string, string>>
  }
  await mkdir(join(path, 'level'), { recursive: true })
  for (const [name, bytes] of Object.entries(files))
    await writeFile(join(path, name), Buffer.from(bytes, 'base64'))
  return facts
}
