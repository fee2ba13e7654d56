import type { JsonObject, JsonValue } from './json-value.ts'
import { parseNumber } from './parse-number.ts'
import { Bare, type JsonLimits } from './parse-strict.ts'

/**
 * Reads `text`, which `bytes` spell in UTF-8, if it is the canonical form of a value within `limits`, and in one pass: what is
 * written in any other way is seen where it stands. `undefined` says that it may be something else, and not what; canonical texts
 * with names that are not ASCII, or need escapes, are among that.
 *
 * With `wanted`, all is checked, but of an outermost object only the members of these names are kept, and those that are null or
 * empty lists.
 *
 * @see RFC 8785; {@link parseCanonical} for the definition, which names the fault
 */
export function readCanonical(
  text: string,
  bytes: Uint8Array,
  limits: JsonLimits,
  wanted?: ReadonlySet<string>,
): JsonValue | undefined {
  // An array is read several times as fast as a string. Where all is ASCII, the bytes are that array.
  const units = bytes.length === text.length ? bytes : unitsOf(text)
  const reader = new CanonicalReader(text, units, limits)
  try {
    return reader.whole(wanted)
  } catch (error) {
    if (error === DEVIATES) return undefined
    throw error
  }
}

/** The code units of a text, with one and the same number for all that are not ASCII. */
function unitsOf(text: string): Uint8Array {
  const units = new Uint8Array(text.length)
  for (let i = 0; i < units.length; i++) units[i] = Math.min(text.charCodeAt(i), NOT_ASCII)
  return units
}

const NOT_ASCII = 0x80

/** Thrown within this file alone, and without a trace of calls, which would cost more than reading. */
const DEVIATES = Symbol('not canonical')

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** 1 for what stands for itself in a string: not controls, quotes and backslashes. */
const PLAIN: Uint8Array = new Uint8Array(256).fill(1)
PLAIN.fill(0, 0, 0x20)
PLAIN[QUOTE] = 0
PLAIN[BACKSLASH] = 0
/** As {@link PLAIN}, of ASCII alone. */
const PLAIN_ASCII: Uint8Array = PLAIN.slice().fill(0, NOT_ASCII)

/** The only spellings of what is not plain: RFC 8785 section 3.2.2.2. */
const ESCAPES: ReadonlySet<string> = new Set(
  Array.from({ length: 0x60 }, (_, unit) => JSON.stringify(String.fromCharCode(unit)).slice(1, -1)).filter(
    (spelt) => spelt.length > 1,
  ),
)

const LITERALS: ReadonlyMap<number | undefined, readonly [string, JsonValue]> = new Map([
  [0x74, ['true', true]],
  [0x66, ['false', false]],
  [0x6e, ['null', null]],
])
/** Stands for every value that is not kept. */
const LEFT = true
const EMPTY_LIST: readonly JsonValue[] = []

class CanonicalReader {
  readonly #text: string
  readonly #units: Uint8Array
  readonly #maxDepth: number
  #valuesLeft: number
  #at = 0
  #depth = 0

  constructor(text: string, units: Uint8Array, { maxDepth, maxValues }: JsonLimits) {
    this.#text = text
    this.#units = units
    this.#maxDepth = maxDepth
    this.#valuesLeft = maxValues
  }

  whole(wanted: ReadonlySet<string> | undefined): JsonValue {
    const isSkimmed = wanted !== undefined && this.#units[0] === OPEN_OBJECT
    if (isSkimmed) this.#valuesLeft--
    const value = isSkimmed ? this.#object(true, wanted) : this.#value(true)
    if (this.#at !== this.#units.length) throw DEVIATES
    return value
  }

  /** The value, or, unless it is to be kept, something in its place: `null` and empty lists are themselves all the same. */
  #value(isKept: boolean): JsonValue {
    if (this.#valuesLeft-- <= 0) throw DEVIATES
    const unit = this.#units[this.#at]
    if (unit === QUOTE) return this.#string(isKept)
    if (unit === OPEN_OBJECT) return this.#object(isKept)
    if (unit === OPEN_LIST) return this.#list(isKept)
    const literal = LITERALS.get(unit)
    if (literal === undefined) return this.#number()
    if (!this.#text.startsWith(literal[0], this.#at)) throw DEVIATES
    this.#at += literal[0].length
    return literal[1]
  }

  #object(isKept: boolean, wanted?: ReadonlySet<string>): JsonValue {
    const result = isKept ? (new Bare() as Record<string, JsonValue>) : undefined
    if (this.#isEmpty(CLOSE_OBJECT)) return result ?? LEFT
    let last = -1
    do {
      const start = this.#at + 1
      const end = this.#nameEnd()
      if (last >= 0 && !this.#ascend(last, start)) throw DEVIATES
      last = start
      if (result === undefined) {
        this.#value(false)
        continue
      }
      const name = this.#text.slice(start, end)
      const isWanted = wanted === undefined || wanted.has(name)
      const value = this.#value(isWanted)
      if (isWanted || value === null || value === EMPTY_LIST) result[name] = value
    } while (this.#goesOn(CLOSE_OBJECT))
    return (result as JsonObject | undefined) ?? LEFT
  }

  #list(isKept: boolean): JsonValue {
    if (this.#isEmpty(CLOSE_LIST)) return EMPTY_LIST
    const result: JsonValue[] | undefined = isKept ? [] : undefined
    do {
      const value = this.#value(isKept)
      result?.push(value)
    } while (this.#goesOn(CLOSE_LIST))
    return result ?? LEFT
  }

  /** Passes the opening bracket, and the closing one if that follows. */
  #isEmpty(close: number): boolean {
    if (++this.#depth > this.#maxDepth) throw DEVIATES
    if (this.#units[++this.#at] !== close) return false
    this.#at++
    this.#depth--
    return true
  }

  /** Passes a comma, or the closing bracket. */
  #goesOn(close: number): boolean {
    const unit = this.#units[this.#at++]
    if (unit === COMMA) return true
    if (unit !== close) throw DEVIATES
    this.#depth--
    return false
  }

  /** Passes a name and its colon, and gives where the name ends. */
  #nameEnd(): number {
    const units = this.#units
    if (units[this.#at] !== QUOTE) throw DEVIATES
    let end = this.#at + 1
    while (PLAIN_ASCII[units[end] as number] === 1) end++
    // The order of names with escapes is not that of their spelling.
    if (units[end] !== QUOTE || units[end + 1] !== COLON) throw DEVIATES
    this.#at = end + 2
    return end
  }

  /** Whether the second of two plain names, of which the text says where they start, sorts after the first: none stands twice. */
  #ascend(first: number, second: number): boolean {
    const units = this.#units
    for (let i = first, j = second; ; i++, j++) {
      const [a, b] = [units[i] as number, units[j] as number]
      if (a === b && a !== QUOTE) continue
      if (a === QUOTE || b === QUOTE) return b !== QUOTE
      return a < b
    }
  }

  #string(isKept: boolean): string | boolean {
    const units = this.#units
    const start = this.#at + 1
    let at = start
    let hasEscapes = false
    for (;;) {
      while (PLAIN[units[at] as number] === 1) at++
      if (units[at] !== BACKSLASH) break
      const length = units[at + 1] === 0x75 ? 6 : 2
      if (!ESCAPES.has(this.#text.slice(at, at + length))) throw DEVIATES
      hasEscapes = true
      at += length
    }
    if (units[at] !== QUOTE) throw DEVIATES
    this.#at = at + 1
    if (!isKept) return LEFT
    return hasEscapes
      ? (JSON.parse(this.#text.slice(start - 1, at + 1)) as string)
      : this.#text.slice(start, at)
  }

  #number(): number {
    const read = parseNumber(this.#text, this.#at)
    if (read === undefined || read === 'lossy') throw DEVIATES
    if (String(read.value) !== this.#text.slice(this.#at, read.end)) throw DEVIATES
    this.#at = read.end
    return read.value
  }
}
