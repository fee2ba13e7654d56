import { StixError } from '../errors.ts'
import { canonicalText } from '../json/canonicalise.ts'
import { isJsonList, isJsonObject, pointer } from '../json/json-value.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { fixedMarkings } from '../marking/fixed-markings.ts'
import { parsePattern } from '../pattern/parse-pattern.ts'
import { namesOutsideGrammar } from '../pattern/names-outside-grammar.ts'
import type { FindingList } from './finding.ts'
import { isNumberedId } from './is-numbered-id.ts'

/** Rules of single shapes that no table expresses, by name of the shape. */
export const SHAPE_CHECKS: Readonly<
  Record<string, (object: JsonObject, path: string, rule: string, findings: FindingList) => void>
> = {
  indicator: checkPattern,
  'external-reference': checkNumberedReference,
  'extension-definition': checkExtensionProperties,
  'marking-definition': checkMarking,
}

function checkPattern(object: JsonObject, path: string, rule: string, findings: FindingList): void {
  const { pattern, pattern_type: type } = object
  if (type !== 'stix' || typeof pattern !== 'string') return
  const place = pointer(path, 'pattern')
  try {
    const [name] = namesOutsideGrammar(parsePattern(pattern))
    if (name !== undefined)
      findings.add('PATTERN_INVALID', place, rule, `expected types and properties, got ${name.slice(0, 64)}`)
  } catch (error) {
    if (!(error instanceof StixError)) throw error
    findings.add(error.code, place, error.rule, error.message)
  }
}

/** References to CVE and CAPEC name the source in lower case and the entry by its number. */
function checkNumberedReference(object: JsonObject, path: string, rule: string, findings: FindingList): void {
  const { source_name: source, external_id: id } = object
  const kind = typeof id === 'string' ? isNumberedId(id) : undefined
  const isNumberedSource = source === 'cve' || source === 'capec'
  if ((isNumberedSource && kind !== source) || (kind !== undefined && kind !== source)) {
    findings.add(
      'STIX_PROPERTY_VALUE',
      pointer(path, 'external_id'),
      rule,
      'expected source_name and external_id to agree',
    )
  }
}

function checkExtensionProperties(
  object: JsonObject,
  path: string,
  rule: string,
  findings: FindingList,
): void {
  const types = object['extension_types']
  const isTopLevel = isJsonList(types) && types.includes('toplevel-property-extension')
  if (object['extension_properties'] !== undefined && !isTopLevel) {
    findings.add(
      'STIX_PROPERTY_FORBIDDEN',
      pointer(path, 'extension_properties'),
      rule,
      'expected a toplevel-property-extension',
    )
  }
}

/** The four TLP 1.0 markings are the only ones of their kind, each as the standard prints it. */
function checkMarking(object: JsonObject, path: string, rule: string, findings: FindingList): void {
  const { id, definition, definition_type: type } = object
  const fixed = typeof id === 'string' ? fixedMarkings.get(id)?.object : undefined
  const isTlp1 = type === 'tlp' || fixed?.['definition_type'] === 'tlp'
  if (isTlp1 && (fixed === undefined || canonicalText(fixed) !== canonicalText(object))) {
    findings.add(
      'TLP_MARKING_REDEFINED',
      pointer(path, 'id'),
      'STIX 2.1 §7.2.1.4',
      'expected the marking as the standard prints it',
    )
  }
  const statement: JsonValue | undefined = isJsonObject(definition) ? definition['statement'] : undefined
  if (type === 'statement' && typeof statement !== 'string') {
    findings.add('STIX_PROPERTY_MISSING', pointer(path, 'definition'), rule, 'expected a statement')
  }
}
