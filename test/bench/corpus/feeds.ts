import { createHash } from 'node:crypto'
import { isJsonObject, readInput, type StixObject } from '@intelmesh/stix'
import { listData, readData } from '../../data/data.ts'

/** The indicators that a publisher makes of the project's lists and tables of values, each value once. */
export function* readFeeds(): Generator<StixObject, void> {
  const seen = new Set<string>()
  for (const path of listData('ioc').filter(isFeed)) {
    const name = path.split('/').at(-1) ?? path
    const bytes = readData(path) ?? new Uint8Array(0)
    let count = 0
    const uuid = (): string => uuidOf(`${path} ${count++}`)
    for (const item of readInput(bytes, { name, now: MADE_AT, uuid })) {
      if (!('object' in item) || item.isValue !== true || !isJsonObject(item.object)) continue
      const { pattern } = item.object
      if (typeof pattern !== 'string' || seen.has(pattern)) continue
      seen.add(pattern)
      yield item.object as StixObject
    }
  }
}

function isFeed(path: string): boolean {
  return !/\/kev\/|schema|\.json$|\.yaml$/.test(path)
}

function uuidOf(name: string): string {
  const digits = createHash('sha256').update(name).digest('hex')
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}

/** When the feeds were read, in ms since the Unix epoch. */
const MADE_AT: number = Date.UTC(2026, 9, 1)
