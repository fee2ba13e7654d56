import { parseQuery } from '@intelmesh/stix'
import type { GateFinding } from './gate.ts'

/** Whether an override names the finding: by its value, in any spelling that normalises to it, or by its list. */
export function isAllowed({ list, type, value }: GateFinding, allow: readonly string[]): boolean {
  const plain = value.toLowerCase()
  return allow.some((entry) => {
    const text = entry.trim()
    const lower = text.toLowerCase()
    if (lower === list || lower === plain) return true
    return type !== undefined && parseQuery(text).some((key) => key.type === type && key.value === value)
  })
}
