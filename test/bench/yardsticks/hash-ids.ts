import { hash } from 'node:crypto'

/**
 * Hashes every id once.
 *
 * @returns ms of CPU
 */
export function hashIds(ids: readonly Uint8Array[]): number {
  const before = process.cpuUsage()
  for (const id of ids) hash('sha256', id)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
