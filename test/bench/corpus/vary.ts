import { createHash } from 'node:crypto'
import type { Template } from './template.ts'

/** What can be varied in an object without changing what kind of object it is. */
export type SlotKind = 'id' | 'digest' | 'address' | 'groups' | 'host' | 'quoted' | 'word' | 'number'

interface SlotPattern {
  readonly pattern: RegExp
  /** Properties in whose text it is looked for; everywhere, unless given. */
  readonly names?: ReadonlySet<string>
  readonly isKept?: (found: string) => boolean
  /** Looked for only where nothing else was found. */
  readonly isLast?: true
}

/** Where values stand, not prose. */
const VALUES: ReadonlySet<string> = new Set(['pattern', 'value', 'hashes'])
const LABELLED: ReadonlySet<string> = new Set([...VALUES, 'name', 'display_name'])
const PATTERN: ReadonlySet<string> = new Set(['pattern'])

/** How to find each kind of slot, in this order. */
export const SLOT_PATTERNS: Readonly<Record<SlotKind, SlotPattern>> = {
  id: {
    pattern: /[a-z0-9-]+--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
    isKept: (id) => /^(marking|extension)-definition--/.test(id),
  },
  digest: {
    pattern: /\b(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})\b/gi,
    names: LABELLED,
  },
  address: { pattern: /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g, names: LABELLED },
  // Addresses of IPv6 and of network cards.
  groups: { pattern: /\b[0-9a-f]{1,4}(?:::?[0-9a-f]{1,4}){2,7}\b/gi, names: VALUES },
  // The label below the last one of a host name; the pattern takes no part of a path or a file name.
  host: {
    pattern: /(?<=['"/.@]|^)[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?(?=\.[a-z]{2,12}(?:['"/:]|$))/gi,
    names: LABELLED,
  },
  quoted: { pattern: /(?<== ')[^']{3,}(?=')/g, names: PATTERN },
  number: { pattern: /(?<=number = )\d+/g, names: PATTERN },
  word: { pattern: /^.{3,}$/gs, names: new Set(['name', 'display_name', 'key', 'value']), isLast: true },
}

/** What makes one round of variants differ from every other, of this seed and any other. */
export interface Variation {
  /** 32 random bytes. */
  readonly mask: Uint8Array
  /** The mask in 64 hexadecimal digits, twice. */
  readonly digits: string
  /** A short word that no other round has. */
  readonly word: string
}

/** The variation of a round, from 0. */
export function variationOf(seed: string, round: number): Variation {
  const mask = createHash('sha256').update(`${seed} ${round}`).digest()
  const hex = mask.toString('hex')
  return { mask, digits: hex + hex, word: `${hex.slice(0, 3)}${round.toString(36)}` }
}

/** The text of an object that differs from the template's, and from that of any other round, in its ids, values and name. */
export function varied({ literals, slots }: Template, variation: Variation): string {
  let text = literals[0] ?? ''
  for (let i = 0; i < slots.length; i++) {
    const { kind, original } = slots[i] as Template['slots'][number]
    text += VARY[kind](original, variation) + (literals[i + 1] ?? '')
  }
  return text
}

const VARY: Readonly<Record<SlotKind, (original: string, variation: Variation) => string>> = {
  // Every round changes one id in the same way, so that what refers to each other still does.
  id(original, { digits }) {
    const at = original.length - UUID_LENGTH
    return original.slice(0, at) + mixed(original.slice(at), digits, true)
  },
  digest: (original, { digits }) => mixed(original, digits, false),
  address(original, { mask }) {
    const [first, ...rest] = original.split('.')
    return [first, ...rest.map((part, i) => String((Number(part) ^ (mask[i] ?? 0)) & 0xff))].join('.')
  },
  groups: (original, { digits }) => mixed(original, digits, false),
  host: (original, { word }) => `${original}-${word}`,
  quoted: named,
  word: named,
  number: (original, { mask }) => String(Number(original) + (mask[0] ?? 0) * 256 + (mask[1] ?? 0)),
}

/** A file name keeps its ending, and a fuzzy hash its alphabet. */
function named(original: string, { word }: Variation): string {
  const ending = /\.[a-z0-9]{1,4}$/i.exec(original)?.[0] ?? ''
  return (
    original.slice(0, original.length - ending.length) + (/^\d+:/.test(original) ? '' : '-') + word + ending
  )
}

const UUID_LENGTH = 36
/** Where a UUID says of which version and variant it is. */
const FIXED: ReadonlySet<number> = new Set([14, 19])

/** Hexadecimal digits mixed with others, their case and everything between them kept. */
function mixed(text: string, digits: string, isUuid: boolean): string {
  let result = ''
  for (let i = 0; i < text.length; i++) {
    const digit = DIGITS.indexOf(text[i] as string)
    const isKept = digit < 0 || (isUuid && FIXED.has(i))
    result += isKept ? text[i] : DIGITS[(digit & 16) | ((digit ^ DIGITS.indexOf(digits[i] as string)) & 15)]
  }
  return result
}

/** Both cases, each a power of two long. */
const DIGITS = '0123456789abcdef0123456789ABCDEF'
