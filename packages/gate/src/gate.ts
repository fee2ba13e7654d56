import {
  normalise,
  type Observable,
  observablesOf,
  type ObservableType,
  type StixObject,
} from '@intelmesh/stix'
import { checkText } from './check-text.ts'
import { checkValue } from './check-value.ts'
import { createOwnership, type OwnAssets, type Ownership } from './own-assets.ts'
import type { GateCode, Reason } from './reasons.ts'
import { textsOf } from './texts-of.ts'

/** One thing that should not be published unseen. */
export interface GateFinding {
  readonly code: GateCode
  /** Short name of the list, such as `tranco10k`: what an override names. */
  readonly list: string
  /** What the list says of itself. */
  readonly listName: string
  /** The value as it was found. */
  readonly value: string
  readonly type?: ObservableType
  /** Property of the object, as in `external_references[0].description`; empty for a bare value. */
  readonly path: string
}

/** Looks at what is about to be published. Pure: the same answer for the same lists. */
export interface Gate {
  /** Everything in the object that should be looked at, values before text, the most telling reason for each first; at most 100. */
  checkObject(object: StixObject): readonly GateFinding[]
  /** As for a look-up: lists and own assets, for one value in normal form. */
  checkValue(observable: Observable): readonly GateFinding[]
}

/**
 * The gate over the carried lists and the own assets. The lists are compiled when they are first needed, once in a process.
 *
 * @throws RangeError for an asset that is none
 * @see docs/spec/gate.md
 */
export function createGate(assets: OwnAssets): Gate {
  const own = createOwnership(assets)
  return {
    checkObject: (object) => [...take(MAX_FINDINGS, findIn(object, own))],
    checkValue: (observable) =>
      checkValue(observable, own).map((reason) => findingOf(reason, observable, '')),
  }
}

/** What nobody would read to the end need not be found. */
const MAX_FINDINGS = 100

function* findIn(object: StixObject, own: Ownership): Generator<GateFinding, void> {
  const { observables } = observablesOf(object)
  for (const observable of observables) {
    const path = pathOf(object, observable.type)
    for (const reason of checkValue(observable, own)) yield findingOf(reason, observable, path)
  }
  const values = new Set(observables.map(({ value }) => value))
  const types = new Set(observables.map(({ type }) => type))
  for (const { path, text } of textsOf(object)) {
    // The name that an indicator gets from its only value is that value.
    if (isOneOf(text, values, types)) continue
    const seen = new Set<string>()
    for (const { reason, value } of checkText(text, own)) {
      // An address that the object is about is what it warns of.
      const key = `${reason.code} ${value}`
      if (seen.has(key) || isOneOf(value, values, types)) continue
      seen.add(key)
      yield { ...reason, value, path }
    }
  }
}

function findingOf(reason: Reason, { type, value }: Observable, path: string): GateFinding {
  return { ...reason, value, type, path }
}

/** Where the values of an object stand. */
function pathOf({ type }: StixObject, of: ObservableType): string {
  const holder = HOLDERS[type]
  if (holder !== undefined) return holder
  return of === 'domain' || of === 'url' || of === 'email' || of === 'cidr' || of.startsWith('ip')
    ? 'value'
    : 'hashes'
}

const HOLDERS: Readonly<Record<string, string>> = { indicator: 'pattern', 'observed-data': 'objects' }

function isOneOf(text: string, values: ReadonlySet<string>, types: ReadonlySet<ObservableType>): boolean {
  if (values.size === 0) return false
  return values.has(text) || [...types].some((type) => values.has(normalise(type, text) ?? text))
}

function* take<T>(most: number, items: Iterable<T>): Generator<T, void> {
  let taken = 0
  for (const item of items) {
    yield item
    taken += 1
    if (taken === most) return
  }
}
