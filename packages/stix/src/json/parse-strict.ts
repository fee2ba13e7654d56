import { StixError } from '../errors.ts'
import type { StixErrorCode } from '../errors.ts'
import { decodeText } from './decode-text.ts'
import { pointer } from './json-value.ts'
import type { JsonObject, JsonValue } from './json-value.ts'
import { parseNumber } from './parse-number.ts'

/** Bounds on one JSON text. Each answers a flood: of bytes, of brackets, of tiny values. */
export interface JsonLimits {
  readonly maxBytes: number
  /** Levels of lists and objects, the outermost counting as 1. */
  readonly maxDepth: number
  /** Scalars, lists and objects together. */
  readonly maxValues: number
}

/** For files a member chose to read: as large as the largest public bundle, several times over. */
export const DEFAULT_JSON_LIMITS: JsonLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxDepth: 64,
  maxValues: 4_000_000,
}

/**
 * Parses one JSON text strictly: UTF-8 without byte order mark, no duplicate names, no lone surrogates, no
 * number that a double cannot give back. Objects have no prototype.
 *
 * @throws StixError JSON_TOO_LARGE, JSON_TOO_DEEP, JSON_TOO_MANY_VALUES, JSON_UTF8_INVALID, JSON_SYNTAX,
 *   JSON_DUPLICATE_NAME, JSON_SURROGATE, JSON_NUMBER_LOSSY
 * @see RFC 8259, RFC 7493 (I-JSON), and docs/spec/stix.md, "JSON"
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = DEFAULT_JSON_LIMITS): JsonValue {
  return parseJsonText(decodeText(bytes, limits.maxBytes), limits)
}

/** As {@link parseJson}, for text that is already decoded. */
export function parseJsonText(text: string, limits: JsonLimits): JsonValue {
  return new Parser(text, limits).parse()
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
const LITERALS: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

/** Instances inherit no name at all, like `Object.create(null)`, which engines keep in a slower form. */
export const Bare: new () => object = function () {} as unknown as new () => object
Bare.prototype = Object.create(null) as object

class Parser {
  readonly #text: string
  readonly #limits: JsonLimits
  /** Steps to the value being read; entries at or beyond the current depth are stale. */
  readonly #steps: (string | number)[] = []
  #at = 0
  #depth = 0
  #values = 0

  constructor(text: string, limits: JsonLimits) {
    this.#text = text
    this.#limits = limits
  }

  parse(): JsonValue {
    const value = this.#value()
    this.#skipSpace()
    if (this.#at < this.#text.length) throw this.#fault('JSON_SYNTAX', 'expected the end of the text')
    return value
  }

  #value(): JsonValue {
    this.#skipSpace()
    if (++this.#values > this.#limits.maxValues) {
      throw this.#fault('JSON_TOO_MANY_VALUES', `expected at most ${this.#limits.maxValues} values`)
    }
    const code = this.#text.charCodeAt(this.#at)
    if (code === QUOTE) return this.#string()
    if (code === OPEN_OBJECT) return this.#object()
    if (code === OPEN_LIST) return this.#list()
    if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return this.#number()
    for (const [word, value] of LITERALS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return value
      }
    }
    throw this.#fault('JSON_SYNTAX', 'expected a value')
  }

  #object(): JsonObject {
    this.#enter()
    const result = new Bare() as Record<string, JsonValue>
    if (this.#take(CLOSE_OBJECT)) return this.#leave(result)
    do {
      this.#skipSpace()
      if (this.#text.charCodeAt(this.#at) !== QUOTE)
        throw this.#fault('JSON_SYNTAX', 'expected a name in quotes')
      const name = this.#string()
      this.#steps[this.#depth - 1] = name
      if (name in result) throw this.#fault('JSON_DUPLICATE_NAME', 'expected each name once')
      if (!this.#take(COLON)) throw this.#fault('JSON_SYNTAX', 'expected a colon')
      result[name] = this.#value()
    } while (this.#take(COMMA))
    if (!this.#take(CLOSE_OBJECT)) throw this.#fault('JSON_SYNTAX', 'expected a comma or }')
    return this.#leave(result)
  }

  #list(): readonly JsonValue[] {
    this.#enter()
    const result: JsonValue[] = []
    if (this.#take(CLOSE_LIST)) return this.#leave(result)
    do {
      this.#steps[this.#depth - 1] = result.length
      result.push(this.#value())
    } while (this.#take(COMMA))
    if (!this.#take(CLOSE_LIST)) throw this.#fault('JSON_SYNTAX', 'expected a comma or ]')
    return this.#leave(result)
  }

  #string(): string {
    const text = this.#text
    const start = ++this.#at
    let parts = ''
    let from = start
    let at = start
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === QUOTE) break
      // Written so that the NaN past the end of the text fails as well.
      if (!(code >= 0x20)) {
        this.#at = at
        throw this.#fault('JSON_SYNTAX', 'expected a closed string without control characters')
      }
      if (code !== BACKSLASH) {
        at++
        continue
      }
      this.#at = at
      parts += text.slice(from, at) + this.#escape()
      from = at = this.#at
    }
    this.#at = at
    const whole = parts + text.slice(from, this.#at++)
    // Decoded text is well formed, so that only an escape can bring a lone surrogate in.
    if (parts !== '' && !whole.isWellFormed())
      throw this.#fault('JSON_SURROGATE', 'expected paired surrogates')
    return whole
  }

  #escape(): string {
    const kind = this.#text.charAt(this.#at + 1)
    if (kind !== 'u') {
      const plain = Object.hasOwn(ESCAPES, kind) ? ESCAPES[kind] : undefined
      if (plain === undefined) throw this.#fault('JSON_SYNTAX', 'expected a known escape')
      this.#at += 2
      return plain
    }
    let unit = 0
    for (let i = this.#at + 2; i < this.#at + 6; i++) {
      const digit = hexDigit(this.#text.charCodeAt(i))
      if (digit < 0) throw this.#fault('JSON_SYNTAX', 'expected four hexadecimal digits')
      unit = unit * 16 + digit
    }
    this.#at += 6
    return String.fromCharCode(unit)
  }

  #number(): number {
    const read = parseNumber(this.#text, this.#at)
    if (read === undefined) throw this.#fault('JSON_SYNTAX', 'expected a number')
    if (read === 'lossy') {
      throw this.#fault(
        'JSON_NUMBER_LOSSY',
        'expected a number that a double keeps exactly; write it as a string',
      )
    }
    this.#at = read.end
    return read.value
  }

  #enter(): void {
    if (++this.#depth > this.#limits.maxDepth) {
      throw this.#fault('JSON_TOO_DEEP', `expected at most ${this.#limits.maxDepth} levels`)
    }
    this.#at++
  }

  #leave<T>(result: T): T {
    this.#depth--
    return result
  }

  #take(code: number): boolean {
    this.#skipSpace()
    if (this.#text.charCodeAt(this.#at) !== code) return false
    this.#at++
    return true
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #fault(code: StixErrorCode, message: string): StixError {
    const steps = this.#steps.slice(0, Math.min(this.#depth, this.#limits.maxDepth))
    const path = steps.reduce<string>(pointer, '')
    return new StixError(code, `${message} at character ${this.#at}`, {
      path,
      rule: FAULT_RULES[code] ?? 'RFC 8259',
    })
  }
}

const FAULT_RULES: Partial<Record<StixErrorCode, string>> = {
  JSON_DUPLICATE_NAME: 'RFC 7493 §2.3',
  JSON_SURROGATE: 'RFC 7493 §2.1',
  JSON_NUMBER_LOSSY: 'RFC 7493 §2.2',
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
