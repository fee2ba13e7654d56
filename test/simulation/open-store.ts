import { createHash } from 'node:crypto'
import { openDatabaseOn } from '../../packages/node/src/store/database.ts'
import type { Store } from '../../packages/node/src/store/index.ts'
import { emptyRows, openStoreOn, SCHEMA } from '../../packages/node/src/store/open-store.ts'
import { sentinelRow } from '../../packages/node/src/store/store-folder.ts'
import { sealRow } from '../../packages/node/src/store/sealed-row.ts'
import type { Disk, DiskImage } from './disk.ts'
import { createRows, nameOf } from './rows.ts'
import type { Owner } from './timeline.ts'

/** Opens the store on a disk. @throws StoreError */
export async function openStoreOnDisk(disk: Disk, owner: Owner): Promise<Store> {
  const database = await openDatabaseOn(async () => disk.open(owner), { create: false })
  return openStoreOn({
    schema: SCHEMA,
    database,
    identity: disk.identity,
    freeBytes: async () => disk.freeBytes,
    async noteOpening(identity) {
      disk.identity = identity
    },
  })
}

/** The disk of a store that was never opened. */
export function emptyImage(name: string): DiskImage {
  const id = createHash('sha256').update(name).digest('hex').slice(0, 32)
  const sentinel = sentinelRow({ id, schema: SCHEMA.version, createdAt: 0, openings: 0 })
  const mask = createHash('sha256').update(id).digest()
  const rows = [...emptyRows(mask), sentinel].map(({ table, key, value = new Uint8Array(0) }) => {
    const { name: at, sealed } = sealRow(table, key, value)
    return [nameOf(at), sealed] as const
  })
  return { rows: createRows(rows), identity: { id, openings: 0 } }
}
