import { hourOfPath, hourPath, type ReadNode } from '@intelmesh/protocol'
import type { HourCount } from './content.ts'

/** How many ids of a set lie in each hour, newest first, at most `limit` hours. Reads inner nodes alone. */
export async function hourCounts(read: ReadNode, limit: number): Promise<readonly HourCount[]> {
  const hours: HourCount[] = []
  async function walk(path: string): Promise<void> {
    const node = await read(path)
    if (node?.kind !== 'inner') return
    for (const { label, count } of node.children.toReversed()) {
      if (hours.length >= limit) return
      const below = path + label
      if (below.length < HOUR_DIGITS) await walk(below)
      else hours.push([hourOfPath(below), count])
    }
  }
  await walk('')
  return hours
}

/** Digits of a path down to its hour. */
const HOUR_DIGITS: number = hourPath(0).length
