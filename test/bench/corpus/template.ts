import {
  canonicalise,
  isJsonList,
  isJsonObject,
  type JsonValue,
  lifetimeDays,
  observablesOf,
  type StixObject,
} from '@intelmesh/stix'
import { SLOT_PATTERNS, type SlotKind } from './vary.ts'

/** A STIX object as canonical text, cut where it is varied: a literal, a slot, a literal, and so on. */
export interface Template {
  /** How long a publisher lets the object live. */
  readonly days: number
  readonly literals: readonly string[]
  /** One less than there are literals. */
  readonly slots: readonly Slot[]
}

/** A place in a template, and what the real object says there. */
export interface Slot {
  readonly kind: SlotKind
  readonly original: string
}

/** Marks in the text where a slot begins and ends: characters that no STIX text holds. */
const [OPEN, CLOSE] = ['\uE000', '\uE001']

/** Finds what varies in an object: ids everywhere, values where values stand, and the name. */
export function templateOf(object: StixObject): Template {
  const marked = new TextDecoder().decode(canonicalise(mark(object, '', 0)))
  const pieces = marked.split(OPEN).map((piece) => piece.split(CLOSE))
  const literals = pieces.map((piece) => piece.at(-1) ?? '')
  const slots = pieces.slice(1).map(([slot = '']): Slot => {
    const [kind = '', original = ''] = split(slot)
    return { kind: kind as SlotKind, original }
  })
  return { days: lifetimeDays(object, observablesOf(object).observables), literals, slots }
}

function split(slot: string): readonly string[] {
  const at = slot.indexOf(' ')
  return [slot.slice(0, at), slot.slice(at + 1)]
}

/** Member names stay as they are: their order is part of the canonical form. */
function mark(value: JsonValue, name: string, depth: number): JsonValue {
  if (typeof value === 'string') return markText(value, name, depth)
  if (isJsonList(value)) return value.map((each) => mark(each, name, depth))
  if (!isJsonObject(value)) return value
  const inside = (member: string): string => (name === 'hashes' ? 'hashes' : member)
  return Object.fromEntries(
    Object.entries(value).map(([member, each]) => [member, mark(each, inside(member), depth + 1)]),
  ) as JsonValue
}

function markText(text: string, name: string, depth: number): string {
  let marked = text
  for (const [kind, { pattern, names, isKept, isLast }] of Object.entries(SLOT_PATTERNS)) {
    if (names !== undefined && !names.has(name)) continue
    if (isLast === true && marked.includes(OPEN)) continue
    // Fixed ids, as those of TLP markings, mean what they mean wherever they are named; an object's own id is its own.
    const isOwn = name === 'id' && depth === 1
    marked = outsideSlots(marked, (plain) =>
      plain.replace(pattern, (found: string) =>
        !isOwn && isKept?.(found) === true ? found : `${OPEN}${kind} ${found}${CLOSE}`,
      ),
    )
  }
  return marked
}

function outsideSlots(text: string, change: (plain: string) => string): string {
  return text
    .split(SLOT)
    .map((part) => (part.startsWith(OPEN) ? part : change(part)))
    .join('')
}

const SLOT = new RegExp(`(${OPEN}[^${CLOSE}]*${CLOSE})`)
