import { StixError } from '../errors.ts'
import { isJsonObject, pointer } from '../json/json-value.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { parsePattern } from '../pattern/parse-pattern.ts'
import type { StixObject } from '../stix-object.ts'
import { Findings } from './findings.ts'
import type { Extraction, Observable } from './observable.ts'
import { OBSERVABLE_PATHS } from './observable-paths.ts'
import type { Reading } from './observable-paths.ts'
import { collectFromPattern, soleOf } from './pattern-observables.ts'

/**
 * Finds the values of an object that can be looked up: those of a cyber-observable object, of an indicator
 * with a STIX pattern, and of the deprecated `objects` of observed-data. What cannot be looked up is told in
 * `unindexed`. Never throws; at most `MAX_OBSERVABLES` values.
 *
 * @see docs/spec/stix.md, "Observables"
 */
export function observablesOf(object: StixObject): Extraction {
  const findings = new Findings()
  if (object.type === 'indicator') collectFromIndicator(object, findings)
  else if (object.type === 'observed-data') collectFromObserved(object, findings)
  else collectFromObservable(object, '', findings)
  return findings.extraction()
}

/**
 * Those observables of an indicator each of which alone makes its pattern match: what a blocklist may hold.
 * Empty for anything else.
 */
export function soleObservablesOf(object: StixObject): readonly Observable[] {
  const { pattern, pattern_type: type } = object
  if (object.type !== 'indicator' || type !== 'stix' || typeof pattern !== 'string') return []
  try {
    return soleOf(parsePattern(pattern).expression)
  } catch (error) {
    if (!(error instanceof StixError)) throw error
    return []
  }
}

function collectFromIndicator(object: StixObject, findings: Findings): void {
  const { pattern, pattern_type: type } = object
  if (type !== 'stix' || typeof pattern !== 'string') return findings.skip('/pattern', 'pattern-type')
  try {
    collectFromPattern(parsePattern(pattern).expression, findings)
  } catch (error) {
    if (!(error instanceof StixError)) throw error
    findings.skip('/pattern', 'pattern-invalid')
  }
}

function collectFromObserved(object: StixObject, findings: Findings): void {
  const objects = object['objects']
  if (!isJsonObject(objects)) return
  for (const [key, inner] of Object.entries(objects)) {
    if (isJsonObject(inner)) collectFromObservable(inner, pointer('/objects', key), findings)
  }
}

function collectFromObservable(object: JsonObject, path: string, findings: Findings): void {
  const type = object['type']
  if (typeof type !== 'string' || !Object.hasOwn(OBSERVABLE_PATHS, type)) return
  for (const [steps, read] of Object.entries(OBSERVABLE_PATHS[type] as Readonly<Record<string, Reading>>)) {
    visit(object, steps.split('.'), path, (value, at, where) => findings.add(read(value, at), where))
  }
}

/** Calls `found` with every text that `steps` lead to, and with integers called `number`. */
function visit(
  value: JsonValue,
  steps: readonly string[],
  path: string,
  found: (value: string, at: string, path: string) => void,
): void {
  const [step, ...rest] = steps
  if (step === undefined) {
    const at = path.slice(path.lastIndexOf('/') + 1)
    if (typeof value === 'string') found(value, at, path)
    else if (at === 'number' && typeof value === 'number' && Number.isSafeInteger(value))
      found(String(value), at, path)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const names = step === '*' ? Object.keys(value) : Object.hasOwn(value, step) ? [step] : []
  for (const name of names) visit((value as JsonObject)[name] as JsonValue, rest, pointer(path, name), found)
}
