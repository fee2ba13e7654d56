import { normalise } from '@intelmesh/stix'
import { type AddressRange, createRangeSet, rangeOf } from './address-range.ts'
import { isAtOrBelow } from './domain-owner.ts'
import { type HostPattern, parseHostPattern } from './host-pattern.ts'
import { INTERNAL_NAMES } from './special-names.ts'

/** What an organisation calls its own. */
export interface OwnAssets {
  /** Domains; names below them are its own too. */
  readonly domains: readonly string[]
  /** Addresses and CIDR ranges. */
  readonly ranges: readonly string[]
  /** Names of internal hosts: a whole name, or with `*` for any run of characters but dots, such as `srv-*`. */
  readonly hosts: readonly string[]
}

/** Whether values are the organisation's own. */
export interface Ownership {
  /** @param name in normal form */
  ownsName(name: string): boolean
  ownsAny(range: AddressRange): boolean
  /** A name that only resolves within an organisation: one of its own hosts, or below an ending for such. @param name in lower case */
  isInternal(name: string): boolean
}

/** @throws RangeError for an asset that is none */
export function createOwnership(assets: OwnAssets): Ownership {
  const domains = new Set(assets.domains.map((text) => read(text, 'a domain name', readDomain)))
  const ranges = createRangeSet(
    assets.ranges.map((text) => read(text, 'an address or a network such as 192.0.2.0/24', rangeOf)),
  )
  const hosts = assets.hosts.map((text) =>
    read(text, 'the name of a host, in which * stands for any characters', parseHostPattern),
  )
  return {
    ownsName: (name) => isAtOrBelow(name, domains),
    ownsAny: (range) => ranges.overlaps(range),
    isInternal: (name) => hosts.some((fits: HostPattern) => fits(name)) || hasInternalEnding(name),
  }
}

function readDomain(text: string): string | undefined {
  return normalise('domain', text)
}

function read<T>(text: string, expected: string, reader: (text: string) => T | undefined): T {
  const value = reader(text)
  if (value === undefined)
    throw new RangeError(`expected ${expected}, got ${JSON.stringify(text.slice(0, 80))}`)
  return value
}

/** Below an internal ending; the ending alone names no host. */
function hasInternalEnding(name: string): boolean {
  const dot = name.indexOf('.')
  return dot > 0 && isAtOrBelow(name.slice(dot + 1), INTERNAL_NAMES)
}
