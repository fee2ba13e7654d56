import { isHashValue } from '../hash-algorithms.ts'
import { isJsonObject, pointer } from '../json/json-value.ts'
import type { JsonValue } from '../json/json-value.ts'
import type { FindingList } from './finding.ts'
import { isDictionaryKey } from './text-checks.ts'
import type { Place } from './context.ts'

/** Shortest name of an algorithm. @see STIX 2.1 §2.7 */
const MIN_NAME = 3

/** Checks names of algorithms, and the form of values by algorithms the vocabulary lists. @see STIX 2.1 §2.7 */
export function checkHashes(value: JsonValue, { path }: Place, findings: FindingList): void {
  const rule = 'STIX 2.1 §2.7'
  if (!isJsonObject(value))
    return findings.add('STIX_PROPERTY_TYPE', path, rule, 'expected a dictionary of hashes')
  const entries = Object.entries(value)
  if (entries.length === 0) findings.add('STIX_PROPERTY_VALUE', path, rule, 'expected at least one hash')
  for (const [algorithm, hash] of entries) {
    const place = pointer(path, algorithm)
    if (!isDictionaryKey(algorithm) || algorithm.length < MIN_NAME) {
      findings.add('STIX_PROPERTY_NAME', place, rule, 'expected the name of an algorithm')
    } else if (typeof hash !== 'string') findings.add('STIX_PROPERTY_TYPE', place, rule, 'expected text')
    else if (!isHashValue(algorithm, hash))
      findings.add('STIX_PROPERTY_VALUE', place, rule, `expected a ${algorithm} hash`)
  }
}
