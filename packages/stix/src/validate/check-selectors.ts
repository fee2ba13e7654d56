import { isJsonList, isJsonObject } from '../json/json-value.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import type { FindingList } from './finding.ts'

/** Checks that every selector of a granular marking selects something the object has. @see STIX 2.1 §7.2.3.1 */
export function checkSelectors(object: JsonObject, findings: FindingList): void {
  const markings = object['granular_markings']
  if (!isJsonList(markings)) return
  for (const [i, marking] of markings.entries()) {
    const selectors = isJsonObject(marking) ? marking['selectors'] : undefined
    if (!isJsonList(selectors)) continue
    for (const [j, selector] of selectors.entries()) {
      if (typeof selector !== 'string' || select(object, selector) !== undefined) continue
      const path = `/granular_markings/${i}/selectors/${j}`
      findings.add(
        'STIX_SELECTOR_INVALID',
        path,
        'STIX 2.1 §7.2.3.1',
        'expected a selector of something present',
      )
    }
  }
}

function select(object: JsonObject, selector: string): JsonValue | undefined {
  let value: JsonValue | undefined = object
  for (const step of selector.split('.')) {
    if (isJsonList(value))
      value = step.startsWith('[') && step.endsWith(']') ? value[Number(step.slice(1, -1))] : undefined
    else value = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
  }
  return value
}
