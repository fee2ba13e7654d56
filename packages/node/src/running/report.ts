import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../home/index.ts'
import type { Core } from './core.ts'
import type { Mesh } from './mesh.ts'
import { standingFigures } from './peer-sync.ts'

const DAY_MS = 86_400_000

/** Puts into the metrics how a running node stands. */
export async function reportState(core: Core, mesh: Mesh): Promise<void> {
  const { store, trust } = core
  const { metrics } = core.options
  for (const set of ['clear', 'green'] as const) metrics.records(set, store.rootOf(set).count)
  if (trust.beacon !== undefined) metrics.beacon(trust.beacon.claims)
  metrics.certificateExpiresAt('node', core.own().certificate.claims.expiresAt * 1000)
  metrics.states({
    in_sync: mesh.scheduler.isInSync,
    log_consistent: trust.log.state !== 'inconsistent',
    upgrade_needed: trust.upgradeNeeded,
    store_sound: core.health.damage === undefined,
  })
  metrics.standings(standingFigures(mesh.scheduler.standings(), core.clock()))
  if (core.authority === undefined) return
  const days = (await core.authority()).operatorDaysLeft()
  metrics.certificateExpiresAt('operator', core.clock() + days * DAY_MS)
}

/** Puts into the metrics what the store takes on its disk. */
export async function reportDisk({ options }: Core): Promise<void> {
  const { bavail, bsize } = await statfs(options.paths.store)
  options.metrics.disk({ store: await bytesIn(options.paths.store), free: bavail * bsize })
}

/** The size of all files in a folder. LevelDB deletes some while others are looked at. */
async function bytesIn(folder: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(folder, { recursive: true })) {
    const { size } = await stat(join(folder, name)).catch((error: unknown) => {
      if (isMissing(error)) return { size: 0 }
      throw error
    })
    bytes += size
  }
  return bytes
}
