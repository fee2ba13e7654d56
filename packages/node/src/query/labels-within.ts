import { isWithin, TLP_LABELS, type TlpLabel } from '@intelmesh/protocol'
import type { LabelSet } from '../store/sidecar/index.ts'

/** The labels that somebody cleared for `clearance` may see. */
export function labelsWithin(clearance: TlpLabel): LabelSet {
  return TLP_LABELS.reduce((set, label, i) => (isWithin(label, clearance) ? set | (1 << i) : set), 0)
}
