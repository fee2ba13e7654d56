import { forgottenArrivals, noteDamage, noteHighWater, reviewLosses, scrub } from '../care/index.ts'
import type { Core } from './core.ts'

/** What a running node does for its store. */
export interface StoreCare extends AsyncDisposable {
  /** Job of the upkeep: notes how far the store is, what its files are, and which lost records came back. */
  readonly review: () => Promise<void>
}

/**
 * Watches over the store of a running node: compares it with what was noted of it, reads it again in the background, and tells once
 * when something in it is not as it was written.
 */
export async function startStoreCare(core: Core, onDamage: (reason: string) => void): Promise<StoreCare> {
  const { store, health, options, own } = core
  const { paths, metrics } = options
  const logger = options.logger.scope('store')
  const mark = `${paths.store}.mark`
  const stopping = new AbortController()
  health.forgotten = await forgottenArrivals(mark, store)
  if (health.forgotten > 0)
    logger.error('the store has forgotten records that were on disk: members give them back', {
      records: health.forgotten,
    })

  health.report = (reason) => {
    if (health.damage !== undefined) return
    health.damage = reason
    logger.error('something in the store is not as it was written', { reason })
    noteDamage(paths, reason).then(
      () => onDamage(reason),
      (error: unknown) => logger.warn('the damage could not be noted', { error }),
    )
  }

  const scrubbing = scrub(
    store,
    SCRUB,
    {
      onRead: (bytes) => metrics.scrubbed(bytes, 0),
      onDamage(reason) {
        metrics.scrubbed(0, 1)
        health.report(reason)
      },
    },
    stopping.signal,
  ).catch((error: unknown) => logger.warn('the store could not be read in the background', { error }))

  return {
    async review() {
      await noteHighWater(mark, store)
      await store.noteFiles()
      health.losses = await reviewLosses(store, own().keyId)
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await scrubbing
      await noteHighWater(mark, store).catch(() => undefined)
    },
  }
}

/** A million records in some minutes, and a few hundredths of one core. */
const SCRUB = { bytesPerSecond: 5 * 1024 * 1024, restMs: 6 * 3_600_000 } as const
