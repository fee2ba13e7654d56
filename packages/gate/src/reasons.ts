import type { WarningList } from './warning-lists.ts'

/** Why the gate holds something back. */
export type GateCode =
  | 'GATE_PRIVATE'
  | 'GATE_RESERVED'
  | 'GATE_WARNING_LIST'
  | 'GATE_OWN_ASSET'
  | 'GATE_PERSONAL_DATA'
  | 'GATE_INTERNAL_HOST'

/** What a value was found to be. */
export interface Reason {
  readonly code: GateCode
  readonly list: string
  readonly listName: string
}

export const OWN_ASSET: Reason = reason('GATE_OWN_ASSET', 'own', 'Own domains and addresses')
export const INTERNAL_HOST: Reason = reason('GATE_INTERNAL_HOST', 'internal-host', 'Names of internal hosts')
export const PERSONAL_DATA: Reason = reason('GATE_PERSONAL_DATA', 'personal-data', 'E-mail addresses in text')
export const PRIVATE: Reason = reason(
  'GATE_PRIVATE',
  'private',
  'Addresses that every network has of its own',
)
export const RESERVED: Reason = reason('GATE_RESERVED', 'reserved', 'Addresses and names of no machine')
export const PUBLIC_SUFFIX: Reason = reason(
  'GATE_RESERVED',
  'public-suffix',
  'Names below which everybody may register',
)
export const ROLE_ADDRESS: Reason = reason(
  'GATE_WARNING_LIST',
  'common-contact-emails',
  'Common contact e-mail addresses',
)

/** A name that is a top-level domain blocks more than a list of sites can say. */
export function listed({ id, name }: WarningList): Reason {
  return reason(id === 'tlds' ? 'GATE_RESERVED' : 'GATE_WARNING_LIST', id, name)
}

function reason(code: GateCode, list: string, listName: string): Reason {
  return { code, list, listName }
}
