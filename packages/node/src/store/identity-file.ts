import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from '@intelmesh/protocol'
import { damaged } from './errors.ts'
import type { Hex } from './interface.ts'

/**
 * What is known of a store outside LevelDB, which makes nothing of it when its files are gone or exchanged for others:
 * who the store is, and how often it was opened. One line of text: `<id> <openings>`.
 */
export interface StoreIdentity {
  /** 16 bytes. */
  readonly id: Hex
  readonly openings: number
}

/** Reads the file, or gives `undefined` where there is none. @throws StoreError STORE_DAMAGED */
export async function readIdentity(path: string): Promise<StoreIdentity | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw damaged('store.id cannot be read', error)
  })
  if (text === undefined) return undefined
  const { id, openings } = IDENTITY.exec(text)?.groups ?? {}
  if (id === undefined || openings === undefined) throw damaged('store.id is not as it was written')
  return { id, openings: Number(openings) }
}

/** Writes the file so that after a crash either the old or the new one is there. */
export async function writeIdentity(path: string, { id, openings }: StoreIdentity): Promise<void> {
  const next = `${path}.next`
  await using file = await open(next, 'w', 0o600)
  await file.writeFile(`${id} ${openings}\n`)
  await file.sync()
  await rename(next, path)
  await syncFolder(dirname(path))
}

/** Puts on disk which names are in a folder. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path)
  await folder.sync()
}

const IDENTITY = /^(?<id>[0-9a-f]{32}) (?<openings>\d{1,15})\n$/
