import { isBase64 } from '../base64.ts'
import { isHex } from '../hex.ts'
import { isJsonList, pointer } from '../json/json-value.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import type { FindingList } from './finding.ts'
import { isPropertyName } from './text-checks.ts'

/**
 * Checks what holds for every property whatever its type: the form of its name, that it is neither null nor
 * an empty list, and that names ending in `_bin` and `_hex` hold base64 and hexadecimal.
 *
 * @see STIX 2.1 §2.1, §2.8, §2.12, §3.1
 */
export function checkPropertyNames(object: JsonObject, path: string, findings: FindingList): void {
  for (const name of Object.keys(object)) {
    const place = pointer(path, name)
    const value = object[name] as JsonValue
    if (!isPropertyName(name))
      findings.add('STIX_PROPERTY_NAME', place, 'STIX 2.1 §3.1', 'expected a property name')
    if (value === null || (isJsonList(value) && value.length === 0)) {
      findings.add(
        'STIX_PROPERTY_VALUE',
        place,
        'STIX 2.1 §2.12',
        'expected no property rather than an empty one',
      )
    }
    if (name.endsWith('_bin') && !(typeof value === 'string' && isBase64(value))) {
      findings.add('STIX_PROPERTY_VALUE', place, 'STIX 2.1 §2.1', 'expected base64')
    }
    if (name.endsWith('_hex') && !(typeof value === 'string' && value.length % 2 === 0 && isHex(value))) {
      findings.add('STIX_PROPERTY_VALUE', place, 'STIX 2.1 §2.8', 'expected hexadecimal')
    }
  }
}
