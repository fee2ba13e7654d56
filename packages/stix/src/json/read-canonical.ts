import type { JsonObject, JsonValue } from './json-value.ts'
import { parseNumber } from './parse-number.ts'
import { Bare, type JsonLimits } from './parse-strict.ts'

/**
 * Reads `text`, which `bytes` spell in UTF-8, if it is the canonical form of a value within `limits`, and in one pass: what is
 * written in any other way is seen where it stands. `undefined` says that it is something else, and not what.
 *
 * @see RFC 8785; {@link parseCanonical} for the definition, which names the fault
 */
export function readCanonical(text: string, bytes: Uint8Array, limits: JsonLimits): JsonValue | undefined {
  // Code units in an array are read several times as fast as those of a string; those of ASCII are the bytes.
  const units = bytes.length === text.length ? bytes : unitsOf(text)
  const reader = new CanonicalReader(text, units, limits)
  try {
    return reader.whole()
  } catch (error) {
    if (error === DEVIATES) return undefined
    throw error
  }
}

function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length)
  for (let i = 0; i < units.length; i++) units[i] = text.charCodeAt(i)
  return units
}

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

/** 1 for code units that stand for themselves in a string: not controls, quotes and backslashes. */
const PLAIN: Uint8Array = new Uint8Array(0x1_0000).fill(1)
PLAIN.fill(0, 0, 0x20)
PLAIN[QUOTE] = 0
PLAIN[BACKSLASH] = 0

const LITERALS: ReadonlyMap<number | undefined, readonly [string, JsonValue]> = new Map([
  [0x74, ['true', true]],
  [0x66, ['false', false]],
  [0x6e, ['null', null]],
])

class CanonicalReader {
  readonly #text: string
  readonly #units: Uint8Array | Uint16Array
  readonly #maxDepth: number
  #valuesLeft: number
  #at = 0
  #depth = 0

  constructor(text: string, units: Uint8Array | Uint16Array, { maxDepth, maxValues }: JsonLimits) {
    this.#text = text
    this.#units = units
    this.#maxDepth = maxDepth
    this.#valuesLeft = maxValues
  }

  whole(): JsonValue {
    const value = this.#value()
    if (this.#at !== this.#units.length) throw DEVIATES
    return value
  }

  #value(): JsonValue {
    if (this.#valuesLeft-- <= 0) throw DEVIATES
    const unit = this.#units[this.#at]
    if (unit === QUOTE) return this.#string()
    if (unit === OPEN_OBJECT) return this.#object()
    if (unit === OPEN_LIST) return this.#list()
    const literal = LITERALS.get(unit)
    if (literal === undefined) return this.#number()
    if (!this.#text.startsWith(literal[0], this.#at)) throw DEVIATES
    this.#at += literal[0].length
    return literal[1]
  }

  #object(): JsonObject {
    const result = new Bare() as Record<string, JsonValue>
    if (this.#isEmpty(CLOSE_OBJECT)) return result
    let last: string | undefined
    do {
      const name = this.#units[this.#at] === QUOTE ? this.#string() : undefined
      // Names ascend strictly, so that none stands twice.
      if (name === undefined || (last !== undefined && last >= name)) throw DEVIATES
      if (this.#units[this.#at++] !== COLON) throw DEVIATES
      result[name] = this.#value()
      last = name
    } while (this.#goesOn(CLOSE_OBJECT))
    return result
  }

  #list(): readonly JsonValue[] {
    const result: JsonValue[] = []
    if (this.#isEmpty(CLOSE_LIST)) return result
    do result.push(this.#value())
    while (this.#goesOn(CLOSE_LIST))
    return result
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

  #string(): string {
    const units = this.#units
    const start = this.#at + 1
    let at = start
    while (PLAIN[units[at] as number] === 1) at++
    if (units[at] !== QUOTE) return this.#stringWithEscapes(at)
    this.#at = at + 1
    return this.#text.slice(start, at)
  }

  /** A string whose first unit that is not plain stands at `at`. */
  #stringWithEscapes(at: number): string {
    const units = this.#units
    let end = at
    for (;;) {
      if (units[end] === BACKSLASH) end += 2
      else if (PLAIN[units[end] as number] === 1) end++
      else break
    }
    if (units[end] !== QUOTE) throw DEVIATES
    const spelt = this.#text.slice(this.#at, end + 1)
    this.#at = end + 1
    return canonicalString(spelt)
  }

  #number(): number {
    const read = parseNumber(this.#text, this.#at)
    if (read === undefined || read === 'lossy') throw DEVIATES
    if (String(read.value) !== this.#text.slice(this.#at, read.end)) throw DEVIATES
    this.#at = read.end
    return read.value
  }
}

/** The string that `spelt`, quotes and all, is the canonical form of. */
function canonicalString(spelt: string): string {
  let value: string
  try {
    value = JSON.parse(spelt) as string
  } catch {
    throw DEVIATES
  }
  if (JSON.stringify(value) !== spelt || !value.isWellFormed()) throw DEVIATES
  return value
}
