import type { Observable } from '@intelmesh/stix'
import { observableKey } from '../../store/observable-keys.ts'
import { createSidecar, type LabelSet, type Sidecar } from '../../store/sidecar/index.ts'
import { filterBytes } from '../filter-format.ts'
import { readFilter, type ValueFilter } from '../value-filter.ts'

/** A sidecar of a store whose records name `values` under `labels`. */
export function sidecarOf(values: readonly Observable[], labels: LabelSet = 1): Sidecar {
  const sidecar = createSidecar(new Uint8Array(32).fill(9))
  for (const value of values) sidecar.change(observableKey(value, sidecar.key), 0, labels)
  return sidecar
}

/** What somebody gets who may know of `values`. */
export function filterOf(values: readonly Observable[]): Promise<ValueFilter> {
  return readFilter(filterBytes(sidecarOf(values), 1, new AbortController().signal))
}
