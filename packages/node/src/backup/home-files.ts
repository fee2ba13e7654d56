import { type Dirent } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type HomePaths, isMissing } from '../home/index.ts'
import { BackupError } from './errors.ts'

/** A file of a home, by its place within it. */
export interface HomeFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * Where a file of a backup goes in a home, or `undefined` for a name that no backup holds. Names are compared with a closed list, so
 * that nothing in a backup chooses a place. What belongs to a process or a machine, the lock and the token of the API, is not
 * in it.
 */
export function placeOf(paths: HomePaths, name: string): string | undefined {
  const single = PLACES.get(name)
  if (single !== undefined) return paths[single]
  const kem = KEM_NAME.exec(name)?.groups?.['file']
  return kem === undefined ? undefined : join(paths.kemKeys, kem)
}

/**
 * The files of a home that a backup holds, apart from the store. The membership comes before the X25519 keys: a renewal that
 * happens meanwhile writes its key first, so the key of each certificate that is seen is seen, too.
 *
 * @throws BackupError BACKUP_MALFORMED for a file that is larger than a home's are
 */
export async function readHomeFiles(paths: HomePaths): Promise<readonly HomeFile[]> {
  const single = await readAll(paths, [...PLACES.keys()])
  return [...single, ...(await readAll(paths, await kemNames(paths)))]
}

/** The most bytes that a file of a home has: the membership, with its status list and contacts, is the largest. */
const MAX_FILE_BYTES: number = 1024 * 1000
/** A key a week for two hundred years. */
export const MAX_FILES = 10_000

const PLACES: ReadonlyMap<string, keyof HomePaths> = new Map([
  ['intelmesh.toml', 'config'],
  ['certificates', 'certificates'],
  ['node.key', 'nodeKey'],
  ['operator.key', 'operatorKey'],
  ['root.key', 'rootKey'],
])
const KEM_NAME = /^kem\/(?<file>[0-9a-f]{16}\.key)$/

async function readAll(paths: HomePaths, names: readonly string[]): Promise<readonly HomeFile[]> {
  const files: HomeFile[] = []
  for (const name of names) {
    const place = placeOf(paths, name)
    const bytes = place === undefined ? undefined : await readOrNothing(place)
    if (bytes !== undefined) files.push({ name, bytes })
  }
  return files
}

async function readOrNothing(place: string): Promise<Uint8Array | undefined> {
  const bytes = await readFile(place).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (bytes !== undefined && bytes.length > MAX_FILE_BYTES)
    throw new BackupError('BACKUP_MALFORMED', `${place} is too large for a file of a home`)
  return bytes && new Uint8Array(bytes)
}

async function kemNames({ kemKeys }: HomePaths): Promise<readonly string[]> {
  const entries = await readdir(kemKeys, { withFileTypes: true }).catch((error: unknown): Dirent[] => {
    if (isMissing(error)) return []
    throw error
  })
  return entries
    .map(({ name }) => `kem/${name}`)
    .filter((name) => KEM_NAME.test(name))
    .toSorted()
}
