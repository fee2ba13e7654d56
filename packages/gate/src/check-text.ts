import { normalise } from '@intelmesh/stix'
import { rangeOf } from './address-range.ts'
import type { Ownership } from './own-assets.ts'
import { INTERNAL_HOST, OWN_ASSET, PERSONAL_DATA, type Reason } from './reasons.ts'
import { ROLE_NAMES } from './special-names.ts'
import { wordsOf } from './words-of.ts'

/** Something in a text that should not be published unseen. */
export interface TextFinding {
  readonly reason: Reason
  /** As it stands in the text, but for what people write so that nobody clicks. */
  readonly value: string
}

/**
 * Finds e-mail addresses of persons, names of internal hosts and own assets in free text, each as often as it stands there.
 *
 * @see docs/spec/gate.md, "Text"
 */
export function* checkText(text: string, own: Ownership): Generator<TextFinding, void> {
  for (const { kind, text: word } of wordsOf(text)) {
    if (kind === 'share') yield* checkShare(word, own)
    else yield* checkWord(word, own)
  }
}

function* checkShare(host: string, own: Ownership): Generator<TextFinding, void> {
  // A name with dots or an address may be the attacker's: it is looked at as a word as well.
  if (!host.includes('.') && !host.includes('@') && !own.isInternal(host.toLowerCase()))
    yield { reason: INTERNAL_HOST, value: `\\\\${host}` }
}

function* checkWord(word: string, own: Ownership): Generator<TextFinding, void> {
  if (word.includes(':') && !word.includes('@') && rangeOf(word) !== undefined) {
    yield* checkPlace(word, own)
    return
  }
  for (const part of word.split(':')) {
    const sides = part.split('@')
    if (sides.length === 1) yield* checkPlace(part, own)
    for (const [i, side] of sides.slice(1).entries()) yield* checkEmail(sides[i] as string, side, own)
  }
}

/** An address of a role says whom to turn to; any other names a person, unless there is no such address. */
function* checkEmail(before: string, after: string, own: Ownership): Generator<TextFinding, void> {
  const local = before.toLowerCase()
  const domain = withoutDots(after)
  const value = `${before}@${domain}`
  const isAddress = domain.includes('.') && normalise('email', value) !== undefined
  if (!isAddress) {
    yield* checkPlace(before, own)
    yield* checkPlace(domain, own)
  } else if (!ROLE_NAMES.has(local.split('+', 1)[0] as string)) {
    yield { reason: PERSONAL_DATA, value }
  }
}

/** A name or an address of a machine. */
function* checkPlace(text: string, own: Ownership): Generator<TextFinding, void> {
  const range = rangeOf(text)
  if (range !== undefined) {
    if (own.ownsAny(range)) yield { reason: OWN_ASSET, value: text }
    return
  }
  const name = text.includes('.') ? normalise('domain', text) : text.toLowerCase()
  if (name === undefined) return
  if (own.ownsName(name)) yield { reason: OWN_ASSET, value: text }
  if (own.isInternal(name)) yield { reason: INTERNAL_HOST, value: text }
}

function withoutDots(text: string): string {
  let end = text.length
  while (end > 0 && '.-'.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
