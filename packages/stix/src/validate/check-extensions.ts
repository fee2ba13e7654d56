import { EXTENSIONS } from '../generated/shapes.ts'
import { isUuid } from '../identifier.ts'
import { isJsonObject, pointer } from '../json/json-value.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { checkPropertyNames } from './check-property-names.ts'
import type { Context, Place } from './context.ts'

const RULE = 'STIX 2.1 §7.3'
const DEFINITION = 'extension-definition--'
const TYPES: ReadonlySet<JsonValue> = new Set([
  'new-sdo',
  'new-sco',
  'new-sro',
  'property-extension',
  'toplevel-property-extension',
])

/** Checks the names of extensions and what predefined ones hold; the content of others is kept unseen. */
export function checkExtensions(value: JsonValue, place: Place, context: Context): void {
  const { findings, objectType } = context
  if (!isJsonObject(value)) return findings.add('STIX_PROPERTY_TYPE', place.path, RULE, 'expected an object')
  const entries = Object.entries(value)
  if (entries.length === 0)
    findings.add('STIX_PROPERTY_VALUE', place.path, RULE, 'expected at least one extension')
  const predefined = Object.hasOwn(EXTENSIONS, objectType)
    ? (EXTENSIONS[objectType] as readonly string[])
    : []
  for (const [name, extension] of entries) {
    const path = pointer(place.path, name)
    if (!isJsonObject(extension)) findings.add('STIX_PROPERTY_TYPE', path, RULE, 'expected an object')
    else if (predefined.includes(name)) context.validateShape(extension, name, path, context)
    else checkOther(name, extension, path, context)
  }
}

function checkOther(name: string, extension: JsonObject, path: string, { findings }: Context): void {
  if (Object.keys(extension).length === 0)
    findings.add('STIX_PROPERTY_VALUE', path, RULE, 'expected no empty extension')
  checkPropertyNames(extension, path, findings)
  // Real producers write these UUIDs in either case; nothing is looked up by them.
  const isDefined = name.startsWith(DEFINITION) && isUuid(name.toLowerCase(), DEFINITION.length)
  if (isDefined && !TYPES.has(extension['extension_type'] ?? null)) {
    findings.add('STIX_PROPERTY_VALUE', pointer(path, 'extension_type'), RULE, 'expected a type of extension')
  }
  if (!isDefined && !isExtensionName(name)) {
    findings.add(
      'STIX_PROPERTY_NAME',
      path,
      RULE,
      'expected extension-definition--UUID or a name that ends in -ext',
    )
  }
}

function isExtensionName(name: string): boolean {
  if (!name.endsWith('-ext') || name.length > 250) return false
  for (const character of name) {
    const known =
      (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') || character === '-'
    if (!known) return false
  }
  return name.charAt(0) >= 'a' && !name.includes('--')
}
