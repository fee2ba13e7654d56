import { typeOfId } from '../identifier.ts'
import type { JsonValue } from '../json/json-value.ts'
import { isJsonObject } from '../json/json-value.ts'
import type { Tagged, ValueType } from './shape.ts'
import type { Context, Place } from './context.ts'

/**
 * Checks an identifier and the type it names. A `ref` inside `objects` of observed-data is the key of a
 * sibling instead, whose own type counts.
 *
 * @see STIX 2.1 §2.9, §3.3, §4.14
 */
export function checkReference(
  value: JsonValue,
  { is, types, except }: Tagged<ValueType, 'id'>,
  { path, rule }: Place,
  { findings, siblings }: Context,
): void {
  if (typeof value !== 'string')
    return findings.add('STIX_PROPERTY_TYPE', path, rule, 'expected an identifier')
  const sibling =
    is === 'ref' && siblings !== undefined && Object.hasOwn(siblings, value) ? siblings[value] : undefined
  const type = sibling === undefined ? (hasKnownUuid(value) ? typeOfId(value) : undefined) : typeOf(sibling)
  if (type === undefined) {
    const code = path === '/id' ? 'STIX_ID_INVALID' : 'STIX_REFERENCE_INVALID'
    return findings.add(code, path, 'STIX 2.1 §2.9', 'expected type--UUID, the UUID in lower case')
  }
  const refused = (types !== undefined && !types.includes(type)) || except?.includes(type) === true
  if (refused) findings.add('STIX_REFERENCE_INVALID', path, rule, `expected no reference to ${type}`)
}

function typeOf(sibling: JsonValue): string | undefined {
  const type = isJsonObject(sibling) ? sibling['type'] : undefined
  return typeof type === 'string' ? type : undefined
}

/** Version 1 to 5 and the variant of RFC 4122, as the standard asks for. */
function hasKnownUuid(id: string): boolean {
  const version = id.at(-22)
  const variant = id.at(-17)
  return (
    version !== undefined && '12345'.includes(version) && variant !== undefined && '89ab'.includes(variant)
  )
}
