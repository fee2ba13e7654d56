import { normalise } from '@intelmesh/stix'
import type { GateFinding } from './gate.ts'

/** Whether an override names the finding: by its value, in any spelling that normalises to it, or by its list. */
export function isAllowed({ list, type, value }: GateFinding, allow: readonly string[]): boolean {
  const plain = value.toLowerCase()
  return allow.some((entry) => {
    const text = entry.trim()
    const lower = text.toLowerCase()
    return lower === list || lower === plain || (type !== undefined && normalise(type, text) === value)
  })
}
