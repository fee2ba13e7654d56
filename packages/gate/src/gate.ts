import type { Observable, ObservableType, StixObject } from '@intelmesh/stix'

/** Why the gate holds something back. */
export type GateCode =
  | 'GATE_PRIVATE'
  | 'GATE_RESERVED'
  | 'GATE_WARNING_LIST'
  | 'GATE_OWN_ASSET'
  | 'GATE_PERSONAL_DATA'
  | 'GATE_INTERNAL_HOST'

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

/** What an organisation calls its own. */
export interface OwnAssets {
  /** Domains; names below them are its own too. */
  readonly domains: readonly string[]
  /** Addresses and CIDR ranges. */
  readonly ranges: readonly string[]
  /** Names of internal hosts: a whole name, or with `*` for any run of characters but dots, such as `srv-*`. */
  readonly hosts: readonly string[]
}

/** Looks at what is about to be published. Pure: the same answer for the same lists. */
export interface Gate {
  /** Everything in the object that should be looked at, in the order of its properties. */
  checkObject(object: StixObject): readonly GateFinding[]
  /** As for a look-up: lists and own assets, for one value. */
  checkValue(observable: Observable): readonly GateFinding[]
}

/** Whether an override names the finding: by its value, in any spelling that normalises to it, or by its list. */
export declare function isAllowed(finding: GateFinding, allow: readonly string[]): boolean

/** The gate over the carried lists and the own assets. @throws RangeError for an asset that is none */
export declare function createGate(assets: OwnAssets): Gate
