import { type ChildProcess, fork } from 'node:child_process'
import { constants, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeOf } from '@intelmesh/protocol'
import { storeErrorOf } from '../errors.ts'
import type { Hex } from '../interface.ts'
import { createStore } from '../open-store.ts'
import { LEVEL } from '../store-folder.ts'
import type { Salvage, SalvageOrder } from './salvage-here.ts'
import type { SalvageMessage } from './salvage-process.ts'

export type { Salvage } from './salvage-here.ts'

/**
 * Makes a new store of what is whole in a damaged one: every record whose bytes are those of its id, with its header; control, the
 * log, notes. Trees and indexes come of them anew, so nothing of the old ones is believed. The new store has another identity and
 * its own order of arrival. The damaged folder stays as it is; the new one appears whole, and is empty where nothing could be saved.
 *
 * @param from folder of the damaged store, which nobody has open
 * @throws StoreError STORE_FULL, STORE_IO
 */
export async function salvageStore(
  from: string,
  into: { readonly path: string; readonly id: Hex; readonly createdAt: number },
  onRecords: (records: number) => void,
): Promise<Salvage> {
  let best: { readonly path: string; readonly salvage: Salvage } | undefined
  // Putting files together again brings back what a lost file had deleted, so it comes second.
  for (const repair of (await hasRows(join(from, LEVEL))) ? [false, true] : []) {
    const path = `${into.path}.try${Number(repair)}`
    const work = `${into.path}.files`
    await rm(path, { recursive: true, force: true })
    await copyFiles(join(from, LEVEL), work)
    const salvage = await inProcess({ from: work, into: { ...into, path }, repair }, onRecords)
    await rm(work, { recursive: true, force: true })
    if (salvage !== undefined && salvage.records >= (best?.salvage.records ?? 0)) best = { path, salvage }
    if (salvage?.brokeOff === false) break
  }
  if (best === undefined) {
    await createStore(into)
    best = { path: into.path, salvage: NOTHING }
  } else await rename(best.path, into.path)
  for (const repair of [0, 1]) await rm(`${into.path}.try${repair}`, { recursive: true, force: true })
  return best.salvage
}

const NOTHING: Salvage = { records: 0, control: 0, lost: [], unreadable: {}, brokeOff: true }

/** Whether there is a file in which there may be rows. */
async function hasRows(level: string): Promise<boolean> {
  const names = await readdir(level).catch(() => [])
  return names.some((name) => /\.(?:ldb|sst|log)$/.test(name))
}

/** The same files once more. LevelDB puts them in order there, and may write over any whose number it does not know of. */
async function copyFiles(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await mkdir(to, { mode: 0o700 })
  for (const entry of await readdir(from, { withFileTypes: true }).catch(() => [])) {
    // LevelDB makes no others, and some would be read without end.
    if (!entry.isFile()) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    await copyFile(source, target, constants.COPYFILE_FICLONE).catch((error: unknown) => {
      const fault = storeErrorOf(error)
      // What cannot be read is lost, and the rest need not be.
      if (codeOf(fault) === 'STORE_FULL') throw fault
    })
  }
}

/** `undefined` where the process could not do it, or did not live to say so. */
async function inProcess(
  order: SalvageOrder,
  onRecords: (records: number) => void,
): Promise<Salvage | undefined> {
  const extension = extname(import.meta.filename)
  const script = fileURLToPath(new URL(`./salvage-process${extension}`, import.meta.url))
  const execArgv = extension === '.ts' ? ['--conditions=source'] : []
  const child: ChildProcess = fork(script, { execArgv, stdio: 'ignore' })
  const { promise, resolve } = Promise.withResolvers<Salvage | undefined>()
  let saved: Salvage | undefined
  child.on('message', (message: SalvageMessage) => {
    if ('records' in message) onRecords(message.records)
    if ('done' in message) saved = message.done
  })
  child.once('exit', () => resolve(saved))
  child.once('error', () => resolve(undefined))
  child.send(order)
  return promise
}
