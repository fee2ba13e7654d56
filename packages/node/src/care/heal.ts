import { existsSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codeOf, MeshError } from '@intelmesh/protocol'
import { type HomePaths, isMissing, writePrivateFile } from '../home/index.ts'
import { openStore, type Salvage, salvageStore, type Store } from '../store/index.ts'

/** What is healed, and how it is told. */
export interface HealComponents {
  readonly paths: Pick<HomePaths, 'store' | 'operatorKey'>
  /** ms since the Unix epoch. */
  readonly clock: () => number
  /** 32 hexadecimal digits, at random. */
  readonly newId: () => string
  readonly onRecords: (records: number) => void
}

/** A store that was put together again. */
export interface Healed extends Omit<Salvage, 'lost' | 'brokeOff'> {
  /** Why it had to be. */
  readonly reason: string
  /** Where the damaged one lies; absent where there was none. */
  readonly aside?: string
  /** Records that are known to be missing: they are asked of peers. */
  readonly lost: number
  /** An ACO's: where its operator key lies until `aco resume`. */
  readonly operatorKeyAside?: string
}

/**
 * Opens the store of a home whose lock the caller holds.
 *
 * @throws StoreError; MeshError STORE_DAMAGED, STORE_MISSING, saying what to do
 */
export async function openSound({ paths }: Pick<HealComponents, 'paths'>): Promise<Store> {
  const remedy = existsSync(paths.operatorKey) ? ACO_REMEDY : REMEDY
  if (existsSync(damageFile(paths)))
    throw new MeshError('STORE_DAMAGED', `something in the store is not as it was written: ${remedy}`)
  try {
    return await openStore({ path: paths.store })
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'STORE_DAMAGED' && code !== 'STORE_MISSING') throw error
    const [fault] = (error as Error).message.split(':', 1)
    throw new MeshError(code, `${fault}: ${remedy}`, { cause: error })
  }
}

/** Whether an error of {@link openSound} is one that {@link healStore} mends. */
export function isHealable(error: unknown): boolean {
  return ['STORE_DAMAGED', 'STORE_MISSING'].includes(codeOf(error) ?? '')
}

/**
 * Puts a damaged store aside and a new one in its place, with all that is whole in the old one. What is lost is noted in the new
 * store, for {@link reportLost}; peers give it back. When it breaks off, the next call goes on from the store that was put aside.
 *
 * The operator key of an ACO is put aside as well: what it signed may be forgotten, so it must learn from its members how far it had
 * come before it signs again.
 *
 * @throws StoreError STORE_FULL, STORE_IO
 */
export async function healStore(
  { paths, clock, newId, onRecords }: HealComponents,
  reason: string,
): Promise<Healed> {
  const aside = existsSync(paths.store)
    ? await putAside(paths.store, clock())
    : await newestAside(paths.store)
  const operatorKeyAside = `${paths.operatorKey}.restored`
  const isAco = existsSync(paths.operatorKey)
  if (isAco) await rename(paths.operatorKey, operatorKeyAside)
  const draft = `${paths.store}.healing`
  await rm(draft, { recursive: true, force: true })
  const into = { path: draft, id: newId(), createdAt: clock() }
  const {
    lost,
    brokeOff: _,
    ...salvage
  } = await salvageStore(aside ?? `${paths.store}.none`, into, onRecords)
  {
    await using store = await openStore({ path: draft })
    const rows = lost.map(([id, author]) => [`${LOST}${id}`, { author }] as const)
    for (let at = 0; at < rows.length; at += STEP)
      await store.commit({ ledger: Object.fromEntries(rows.slice(at, at + STEP)) }, { sync: true })
  }
  await rename(draft, paths.store)
  await rm(damageFile(paths), { force: true })
  if (aside !== undefined) await rename(aside, `${aside}.done`)
  return {
    ...salvage,
    reason,
    lost: lost.length,
    ...(aside !== undefined && { aside: `${aside}.done` }),
    ...(isAco && { operatorKeyAside }),
  }
}

/** Notes that something in the store was found not to be as it was written: the next start heals it. */
export async function noteDamage(paths: Pick<HomePaths, 'store'>, reason: string): Promise<void> {
  await writePrivateFile(damageFile(paths), new TextEncoder().encode(`${reason}\n`))
}

/** Ledger rows of records that were lost: the id follows. */
export const LOST = 'lost/'

const REMEDY = 'run `intelmesh store repair`, or `intelmesh run`, which does it unless store.heal is off'
/** Nobody else has its register. */
const ACO_REMEDY = 'restore the newest backup; without one, run `intelmesh store repair`'
const STEP = 1_000

function damageFile({ store }: Pick<HomePaths, 'store'>): string {
  return `${store}.found-damaged`
}

async function putAside(store: string, at: number): Promise<string> {
  const aside = `${store}.damaged-${new Date(at).toISOString().replace(/[:.]/g, '')}`
  await rename(store, aside)
  return aside
}

/** A store that was put aside, and not salvaged to the end. */
async function newestAside(store: string): Promise<string | undefined> {
  const names = await readdir(dirname(store)).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const begun = names.filter(
    (name) => name.startsWith(`${basename(store)}.damaged-`) && !name.endsWith('.done'),
  )
  const newest = begun.toSorted().at(-1)
  return newest === undefined ? undefined : join(dirname(store), newest)
}
