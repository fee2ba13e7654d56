import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { resumeAuthority, type ResumeOptions } from '../authority/index.ts'
import { HomeError } from '../errors.ts'
import { homePaths, lockHome, syncFolder } from '../home/index.ts'
import { openStore } from '../store/index.ts'
import { asidePath } from './restore-home.ts'

/** An ACO that may sign again. */
export interface ResumedAco {
  readonly home: string
  /** The number below which it signs no beacon. */
  readonly beacon: number
}

/**
 * Puts the operator key of a restored ACO back to work, once the register may go on. No node may run on the home.
 *
 * @throws HomeError KEY_MISSING, HOME_EXISTS, HOME_IN_USE, HOME_MISSING; AuthorityError AUTHORITY_BEHIND, AUTHORITY_MISSING; StoreError
 */
export async function resumeAco(home: string, options: ResumeOptions): Promise<ResumedAco> {
  const paths = homePaths(home)
  await using _lock = await lockHome(paths, { mayCreate: false })
  const aside = asidePath(paths)
  if (!existsSync(aside))
    throw new HomeError('KEY_MISSING', `${aside} is missing: only a restored home of an ACO has it`)
  if (existsSync(paths.operatorKey))
    throw new HomeError('HOME_EXISTS', `${paths.operatorKey} is there: this ACO is at work already`)
  await using store = await openStore({ path: paths.store })
  const beacon = await resumeAuthority(store, options)
  await rename(aside, paths.operatorKey)
  await syncFolder(paths.home)
  return { home: paths.home, beacon }
}
