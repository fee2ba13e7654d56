import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, toHex } from '@intelmesh/protocol'
import { HomeError } from '../errors.ts'
import {
  homePaths,
  type HomePaths,
  isMissing,
  makePrivateFolder,
  syncFolder,
  writePrivateFile,
} from '../home/index.ts'
import { openStore, restoreStore } from '../store/index.ts'
import { placeOf } from './home-files.ts'
import { type BackupIdentity, readBackup, type ReadBackup } from './read-backup.ts'

/** What a backup was found to hold. Times in ISO 8601. */
export interface BackupSummary extends BackupIdentity {
  /** When it was begun. */
  readonly made: string
  /** Of the program that wrote it. */
  readonly version: string
  readonly records: number
  /** Rows of the store, each of which was read. */
  readonly rows: number
  /** Names of the files of the home. */
  readonly files: readonly string[]
}

/** A home that was restored. */
export interface RestoredHome extends BackupSummary {
  readonly home: string
  /** An ACO's: where its operator key lies until somebody puts it to work. */
  readonly operatorKeyAside?: string
}

/**
 * Makes a home of a backup. The folder must be empty or absent. Nothing of it is in its place before all of it was read, checked, and
 * written to disk; when anything fails, nothing is left.
 *
 * The operator key of an ACO is put aside, under the name `operator.key.restored`: the ACO signed beacons after the backup, and must
 * learn from its members how far it had come before it signs another.
 *
 * @throws HomeError HOME_EXISTS; BackupError; StoreError
 * @see docs/spec/backup.md, "Restoring"
 */
export async function restoreHome(path: string, home: string, signal: AbortSignal): Promise<RestoredHome> {
  const paths = homePaths(home)
  await assertEmpty(paths.home, [])
  const isNew = !existsSync(paths.home)
  await makePrivateFolder(paths.home)
  const draft = homePaths(join(paths.home, `.restore-${randomBytes(6).toString('hex')}`))
  try {
    await mkdir(draft.home, { mode: 0o700 })
    const { backup, summary } = await unpack(path, draft.store, signal)
    const operatorKeyAside = asidePath(paths)
    await writeFiles(backup.files, (name) =>
      name === 'operator.key' ? asidePath(draft) : placeOf(draft, name),
    )
    await assertEmpty(paths.home, [draft.home])
    await moveInto(paths.home, draft.home)
    return { ...summary, home: paths.home, ...(summary.isAco && { operatorKeyAside }) }
  } catch (error) {
    await rm(draft.home, { recursive: true, force: true })
    if (isNew) await rmdir(paths.home).catch(() => {})
    throw error
  }
}

/**
 * Does with a backup all that restoring does, short of leaving a home: reads every byte, and builds the store in a folder beside the
 * file, which is gone on return. Keys are not written anywhere.
 *
 * @throws BackupError; StoreError
 */
export async function checkBackup(path: string, signal: AbortSignal): Promise<BackupSummary> {
  const folder = `${path}.${randomBytes(6).toString('hex')}.check`
  try {
    const { summary } = await unpack(path, join(folder, 'store'), signal)
    return summary
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Where the operator key of a restored ACO waits. */
export function asidePath({ operatorKey }: Pick<HomePaths, 'operatorKey'>): string {
  return `${operatorKey}.restored`
}

async function unpack(
  path: string,
  store: string,
  signal: AbortSignal,
): Promise<{ readonly backup: ReadBackup; readonly summary: BackupSummary }> {
  const backup = await readBackup(
    path,
    async (rows) => {
      await makePrivateFolder(dirname(store))
      await restoreStore({ path: store, id: toHex(new Uint8Array(randomBytes(16))) }, rows)
    },
    signal,
  )
  await using opened = await openStore({ path: store })
  const rows = await opened.verify(signal)
  const summary = {
    ...backup.identity,
    made: new Date(backup.at).toISOString(),
    version: backup.version,
    records: opened.counts.records,
    rows,
    files: [...backup.files.keys()],
  }
  return { backup, summary }
}

async function assertEmpty(home: string, but: readonly string[]): Promise<void> {
  const names = await readdir(home).catch((error: unknown) => {
    if (isMissing(error)) return []
    // Something else than a folder has the name.
    if (codeOf(error) === 'ENOTDIR') return ['']
    throw error
  })
  if (names.some((name) => !but.includes(join(home, name))))
    throw new HomeError('HOME_EXISTS', `${home} is not empty: name an empty or a new folder with --home`)
}

async function writeFiles(
  files: ReadonlyMap<string, Uint8Array>,
  placeIn: (name: string) => string | undefined,
): Promise<void> {
  for (const [name, bytes] of files) {
    const place = placeIn(name)
    if (place === undefined) throw new TypeError(`${name} has no place`)
    await makePrivateFolder(dirname(place))
    await writePrivateFile(place, bytes)
  }
}

/** First what keeps others from making a home here, last what makes it one: a crash between them leaves a folder that nobody takes for a home. */
async function moveInto(home: string, draft: string): Promise<void> {
  const rank = (name: string): number => ['certificates', '', 'node.key'].indexOf(name)
  const place = (name: string): number => (rank(name) === -1 ? 1 : rank(name))
  const names = (await readdir(draft)).toSorted((a, b) => place(a) - place(b))
  for (const name of names) await rename(join(draft, name), join(home, name))
  await rmdir(draft)
  await syncFolder(home)
}
