import { randomBytes } from 'node:crypto'
import { type Healed, healStore, isHealable, openSound } from './care/index.ts'
import { homePaths, lockHome } from './home/index.ts'

/** What {@link repairHome} did. */
export interface RepairedHome {
  /** How many rows were read and found sound; absent where something was mended. */
  readonly rows?: number
  readonly healed?: Healed
}

/**
 * Reads the store of a home, and puts it together again where it is damaged. No node runs meanwhile.
 *
 * @throws HomeError HOME_IN_USE, HOME_MISSING; StoreError STORE_FULL, STORE_IO, STORE_NEWER
 */
export async function repairHome(
  home: string,
  signal: AbortSignal,
  onRecords: (records: number) => void,
): Promise<RepairedHome> {
  const paths = homePaths(home)
  await using _lock = await lockHome(paths, { mayCreate: false })
  try {
    await using store = await openSound({ paths })
    return { rows: await store.verify(signal) }
  } catch (error) {
    if (!isHealable(error)) throw error
    const newId = (): string => randomBytes(16).toString('hex')
    // What follows in the message is what to do, and that is done here.
    const [fault = ''] = (error as Error).message.split(':', 1)
    const healed = await healStore({ paths, clock: Date.now, newId, onRecords }, fault)
    return { healed }
  }
}
