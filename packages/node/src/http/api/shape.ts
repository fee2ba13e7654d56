import { ApiError } from '../../errors.ts'

/** Reads one kind of JSON value. @throws ApiError ARGUMENT_INVALID, naming the field by its path */
export interface Shape<T> {
  read(value: unknown, path: string): T
}

/** Fields of a JSON object; every one of them has a shape, and no other may come. */
export type Fields<T> = { readonly [K in keyof T]-?: Shape<T[K]> }

/** A string of 1 to `most` characters (UTF-16 code units). */
export function text(most: number): Shape<string> {
  return {
    read(value, path) {
      if (typeof value !== 'string') throw invalid(path, 'text', value)
      if (value.length < 1 || value.length > most) {
        throw new ApiError(
          'ARGUMENT_INVALID',
          `${path}: expected 1 to ${most} characters, got ${value.length}`,
        )
      }
      return value
    },
  }
}

/** A whole number within bounds. */
export function whole(least: number, most: number): Shape<number> {
  return {
    read(value, path) {
      if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
        return value
      throw invalid(path, `a whole number from ${least} to ${most}`, value)
    },
  }
}

export const flag: Shape<boolean> = {
  read(value, path) {
    if (typeof value !== 'boolean') throw invalid(path, 'true or false', value)
    return value
  },
}

/** An instant in ISO 8601 with its offset or Z. */
export const instant: Shape<string> = {
  read(value, path) {
    const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/
    if (typeof value === 'string' && form.test(value) && !Number.isNaN(Date.parse(value))) return value
    throw invalid(path, 'an instant such as 2030-01-31T12:00:00Z', value)
  },
}

/** One of a closed set of words. */
export function oneOf<T extends string>(words: readonly T[]): Shape<T> {
  return {
    read(value, path) {
      const word = words.find((candidate) => candidate === value)
      if (word === undefined) throw invalid(path, `one of ${words.join(', ')}`, value)
      return word
    },
  }
}

/** A list of at most `most` items, and at least `least`. */
export function listOf<T>(item: Shape<T>, most: number, least = 0): Shape<readonly T[]> {
  return {
    read(value, path) {
      if (!Array.isArray(value)) throw invalid(path, 'a list', value)
      if (value.length < least || value.length > most) {
        throw new ApiError(
          'ARGUMENT_INVALID',
          `${path}: expected ${least} to ${most} items, got ${value.length}`,
        )
      }
      return value.map((entry, i) => item.read(entry, `${path}[${i}]`))
    },
  }
}

/** Marks a field that may be left out. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return { read: (value, path) => (value === undefined ? undefined : shape.read(value, path)) }
}

/** A JSON object of exactly these fields. Optional ones that did not come are left out of what is read. */
export function object<T extends object>(fields: Fields<T>): Shape<T> {
  return {
    read(value, path) {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw invalid(path, 'an object', value)
      const stranger = Object.keys(value).find((name) => !Object.hasOwn(fields, name))
      if (stranger !== undefined) {
        const known = Object.keys(fields).join(', ') || 'none'
        throw new ApiError(
          'ARGUMENT_INVALID',
          `${path}: no field ${JSON.stringify(stranger.slice(0, 40))}; there are ${known}`,
        )
      }
      const entries = (Object.entries(fields) as [string, Shape<unknown>][]).map(([name, shape]) => {
        const given: unknown = Object.hasOwn(value, name)
          ? (value as Readonly<Record<string, unknown>>)[name]
          : undefined
        return [name, shape.read(given, path === '' ? name : `${path}.${name}`)] as const
      })
      return Object.fromEntries(entries.filter(([, read]) => read !== undefined)) as T
    },
  }
}

function invalid(path: string, expected: string, value: unknown): ApiError {
  const got =
    value === undefined
      ? 'nothing'
      : value === null
        ? 'null'
        : Array.isArray(value)
          ? 'a list'
          : `a ${typeof value}`
  const shown = typeof value === 'string' && value.length <= 40 ? JSON.stringify(value) : got
  return new ApiError(
    'ARGUMENT_INVALID',
    `${path === '' ? 'body' : path}: expected ${expected}, got ${shown}`,
  )
}
