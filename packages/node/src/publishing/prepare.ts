import { compartmentOf, type DataCompartment, type TlpLabel } from '@intelmesh/protocol'
import { type Marked, resolveLabels, type StixObject } from '@intelmesh/stix'
import type { PublishObject, PublishRequest, PublishResult } from '../publish-api.ts'
import type { Hex } from '../store/index.ts'
import type { Refusal } from './components.ts'
import { expiryOf } from './expiry.ts'
import { readObject } from './read-object.ts'
import { sealObject } from './seal-object.ts'
import { valueObject } from './value-object.ts'

/** An object that may be published, in the form in which it will be signed. */
export interface Prepared {
  readonly where: string
  readonly object: StixObject
  readonly isValue: boolean
  readonly stixId: string
  readonly type: string
  readonly stix: Uint8Array
  readonly label: TlpLabel
  readonly compartment: DataCompartment
  /** Whole hours since the Unix epoch. */
  readonly expires: number
}

export interface Preparation {
  readonly prepared: readonly Prepared[]
  readonly refused: PublishResult['refused']
  readonly notices: PublishResult['notices']
}

/** Who publishes, and when. */
export interface PreparingContext {
  readonly organisation: Hex
  readonly nowMs: number
}

/**
 * Decides object by object what may be published: strict JSON, full validation, the label under the ceiling, the expiry. What is
 * refused is named with its place, and keeps nothing else back.
 */
export function prepareObjects(request: PublishRequest, context: PreparingContext): Preparation {
  const refused: PublishResult['refused'][number][] = []
  const source = new Map<StixObject, PublishObject>()
  for (const item of request.objects) {
    const read = readItem(item, request, context)
    if ('object' in read) source.set(read.object, item)
    else refused.push({ where: item.where, ...read.refusal })
  }
  const held = new Set([...source.keys()].map(({ id }) => id))
  const markings = (request.markings ?? [])
    .map(readObject)
    .flatMap((read) => ('object' in read && !held.has(read.object.id) ? [read.object] : []))
  const resolution = resolveLabels([...source.keys(), ...markings], request.tlp)
  for (const { object, code, path, rule } of resolution.refused) {
    const item = source.get(object)
    if (item === undefined) continue
    refused.push({
      where: item.where,
      stixId: object.id,
      code,
      path,
      reason: `${REASONS[code]} (${rule})`,
    })
  }
  const prepared: Prepared[] = []
  for (const marked of resolution.marked) {
    const item = source.get(marked.object)
    if (item === undefined) continue
    const outcome = prepareOne(marked, item, request, context.nowMs)
    if ('reason' in outcome) refused.push({ where: item.where, stixId: marked.object.id, ...outcome })
    else prepared.push(outcome)
  }
  const notices = resolution.notices
    .filter(({ code }) => code === 'TLP_MARKING_REDEFINED')
    .map(({ id, code }) => ({
      where: placeOf(source, id),
      code,
      text: `${id} has a fixed meaning: the copy in the input is left out`,
    }))
  return { prepared, refused, notices }
}

const REASONS = {
  TLP_ABOVE_CEILING: 'the object is labelled narrower than --tlp: publish it with its own label',
  TLP_MARKING_UNKNOWN:
    'the object bears a marking that is not known and not in the input, so it may not leave',
} as const

function readItem(
  { text, isValue }: PublishObject,
  { feed }: PublishRequest,
  context: PreparingContext,
): ReturnType<typeof readObject> {
  const read = readObject(text)
  if ('refusal' in read || isValue !== true) return read
  const object = valueObject(read.object, { ...context, feed: feed?.name })
  if (object !== undefined) return { object }
  const reason = 'only an indicator with a pattern can be made of a plain value'
  return { refusal: { code: 'ARGUMENT_INVALID', path: '/pattern', reason } }
}

function prepareOne(
  { object, label }: Marked,
  { where, isValue = false }: PublishObject,
  request: PublishRequest,
  nowMs: number,
): Prepared | Refusal {
  const sealed = sealObject(object)
  if ('refusal' in sealed) return sealed.refusal
  const compartment = compartmentOf(label)
  if (compartment === undefined) {
    return {
      code: 'LABEL_NEEDS_CIRCLE',
      path: '',
      reason: `TLP:${label.toUpperCase()} needs a circle or named recipients, and there are none here`,
    }
  }
  const expires = expiryOf(object, request.expires, nowMs)
  if (typeof expires !== 'number') return expires
  const { id: stixId, type } = object
  return { where, object, isValue, stixId, type, stix: sealed.stix, label, compartment, expires }
}

function placeOf(source: ReadonlyMap<StixObject, PublishObject>, id: string): string {
  for (const [object, { where }] of source) if (object.id === id) return where
  return ''
}
