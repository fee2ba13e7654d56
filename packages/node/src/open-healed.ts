import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { healStore, isHealable } from './care/index.ts'
import { type Core, type CoreOptions, openCore } from './running/core.ts'

/**
 * Opens a home for a node that is to run, whose lock the caller holds. A damaged store is healed first, unless the settings say
 * otherwise, or the home is an ACO's, which must not forget what it signed without somebody knowing.
 *
 * @throws HomeError, StoreError, TrustError; MeshError STORE_DAMAGED, STORE_MISSING
 */
export async function openHealed(options: CoreOptions): Promise<Core> {
  const { paths } = options
  const logger = options.logger.scope('store')
  try {
    return await openCore(options)
  } catch (error) {
    if (!isHealable(error) || !mayHeal(options)) throw error
    const reason = (error as Error).message
    logger.error('the store is damaged and is put together again', { reason })
    const healed = await healStore(
      {
        paths,
        clock: Date.now,
        newId: () => randomBytes(16).toString('hex'),
        onRecords: (records) => logger.debug('records were saved', { records }),
      },
      reason,
    )
    logger.warn('the store is sound again: what is missing comes from members', { ...healed })
    const core = await openCore(options)
    core.health.healed = healed
    return core
  }
}

/** Whether a damaged store of a home is healed by itself. */
export function mayHeal({ paths, config }: Pick<CoreOptions, 'paths' | 'config'>): boolean {
  return config.store.heal === 'auto' && !existsSync(paths.operatorKey)
}
