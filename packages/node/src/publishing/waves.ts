import { toHex } from '@intelmesh/protocol'
import type { Hasher } from '@intelmesh/protocol'
import type { Prepared } from './prepare.ts'

/** The objects of one request in the order in which they can be published. */
export interface Waves {
  /** No object stands in one wave twice; a later version stands in a later wave. */
  readonly waves: readonly (readonly Prepared[])[]
  /** What is told again, and the first time that it was told. */
  readonly twins: ReadonlyMap<Prepared, Prepared>
}

/** Sorts what one request tells: twice the same is once; two versions of an object follow each other. */
export function wavesOf(hasher: Hasher, prepared: readonly Prepared[]): Waves {
  const waves: Prepared[][] = []
  const twins = new Map<Prepared, Prepared>()
  const told = new Map<string, Map<string, Prepared>>()
  for (const item of prepared) {
    const versions = told.get(item.stixId) ?? new Map<string, Prepared>()
    const words = item.isValue ? 'value' : `${item.label} ${toHex(hasher.sha256(item.stix))}`
    const twin = versions.get(words)
    if (twin !== undefined) {
      twins.set(item, twin)
      continue
    }
    const wave = (waves[versions.size] ??= [])
    wave.push(item)
    told.set(item.stixId, versions.set(words, item))
  }
  return { waves, twins }
}
