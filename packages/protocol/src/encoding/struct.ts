import type { CborKey, CborMap, CborValue } from './cbor.ts'
import { EncodingError } from './errors.ts'

/** How one value of a field is written and read. `decode` throws EncodingError with the path of what is wrong. */
export interface FieldType<T> {
  readonly encode: (value: T) => CborValue
  readonly decode: (value: CborValue, path: string) => T
}

/** A row of a structure's table: the field's number, its type, and whether it may be absent. */
export interface Field<T, Optional extends boolean> {
  readonly key: number
  readonly type: FieldType<T>
  readonly optional: Optional
}

type IsOptional<T, K extends keyof T> = Record<never, never> extends Pick<T, K> ? true : false
export type FieldTable<T> = {
  readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>, IsOptional<T, K>>
}

/** A structure written as a CBOR map with integer keys. */
export interface Struct<T> extends FieldType<T> {
  readonly name: string
}

export interface StructOptions {
  /** Written under key 0, which deterministic order puts first. Absent for structures inside another. */
  readonly version?: number
  /** `refuse` where the bytes decide about trust; `ignore` where a later writer may say more. */
  readonly unknown: 'refuse' | 'ignore'
}

/** What has to hold between the fields of a structure, in words and as a test. */
export type StructRule<T> = readonly [expected: string, holds: (value: T) => boolean]

/** Field numbers from here on belong to later minor versions: an older reader leaves the whole structure alone. */
const FIRST_LATER_FIELD = 64
const VERSION_KEY = 0

export function required<T>(key: number, type: FieldType<T>): Field<T, false> {
  return { key, type, optional: false }
}

export function optional<T>(key: number, type: FieldType<T>): Field<T, true> {
  return { key, type, optional: true }
}

/**
 * Makes the codec of a structure out of its table.
 *
 * Decoding throws EncodingError STRUCT_MALFORMED for a missing, ill-typed or unknown field, and NEWER_THAN_ME for a
 * later version or a field number of 64 and above. Each of `rules` is checked once all fields have been read.
 *
 * @see docs/spec/encoding.md, "Structures"
 */
export function struct<T extends object>(
  name: string,
  table: FieldTable<T>,
  options: StructOptions,
  ...rules: readonly StructRule<T>[]
): Struct<T> {
  const rows = (Object.entries(table) as [keyof T & string, Field<unknown, boolean>][]).map(
    ([property, field]) => ({ property, ...field, path: `${name}.${property}` }),
  )
  const known = new Set<CborKey>(rows.map(({ key }) => key))
  if (options.version !== undefined) known.add(VERSION_KEY)

  return {
    name,
    encode(value) {
      const map = new Map<CborKey, CborValue>()
      if (options.version !== undefined) map.set(VERSION_KEY, options.version)
      for (const { property, key, type } of rows) {
        const held = value[property]
        if (held !== undefined) map.set(key, type.encode(held))
      }
      return map
    },
    decode(encoded, path) {
      const map = asMap(encoded, path)
      if (options.version !== undefined) assertVersion(map, options.version, path)
      assertKnown(map, known, options.unknown, path)
      const value: Record<string, unknown> = {}
      for (const { property, key, type, optional: mayLack, path: ownPath } of rows) {
        const held = map.get(key)
        if (held === undefined && mayLack) continue
        // Putting a path together for every field of every record would take longer than reading it.
        const at = path === name ? ownPath : `${path}.${property}`
        if (held === undefined) throw malformed(at, 'a value', 'nothing')
        value[property] = type.decode(held, at)
      }
      for (const [expected, holds] of rules)
        if (!holds(value as T)) throw malformed(path, expected, 'something else')
      return value as T
    },
  }
}

function assertVersion(map: CborMap, version: number, path: string): void {
  const held = map.get(VERSION_KEY)
  if (held === version) return
  if ((typeof held === 'number' || typeof held === 'bigint') && held > version) {
    throw new EncodingError('NEWER_THAN_ME', `${path} has version ${held}; this node speaks ${version}`)
  }
  throw malformed(`${path}.version`, String(version), describe(held))
}

function assertKnown(
  map: CborMap,
  known: ReadonlySet<CborKey>,
  unknown: 'refuse' | 'ignore',
  path: string,
): void {
  if (unknown === 'ignore') return
  for (const key of map.keys()) {
    if (known.has(key)) continue
    if (typeof key === 'number' && key >= FIRST_LATER_FIELD) {
      throw new EncodingError('NEWER_THAN_ME', `${path} has field ${key}, which a later version defines`)
    }
    throw malformed(path, 'only known fields', `field ${JSON.stringify(key)}`)
  }
}

export function asMap(value: CborValue | undefined, path: string): CborMap {
  if (value instanceof Map) return value as CborMap
  throw malformed(path, 'a map', describe(value))
}

export function asArray(value: CborValue | undefined, path: string): readonly CborValue[] {
  if (Array.isArray(value)) return value as readonly CborValue[]
  throw malformed(path, 'an array', describe(value))
}

export function malformed(path: string, expected: string, got: string): EncodingError {
  return new EncodingError('STRUCT_MALFORMED', `${path}: expected ${expected}, got ${got}`)
}

/** A short word for what a value is; never the value itself, which may be long or hostile. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (value instanceof Map) return 'a map'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
