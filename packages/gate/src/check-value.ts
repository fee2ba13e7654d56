import type { Observable, ObservableType } from '@intelmesh/stix'
import { type AddressRange, createRangeSet, rangeOf } from './address-range.ts'
import { isAtOrBelow, isPublicSuffix } from './domain-owner.ts'
import type { Ownership } from './own-assets.ts'
import {
  INTERNAL_HOST,
  listed,
  OWN_ASSET,
  PRIVATE,
  PUBLIC_SUFFIX,
  type Reason,
  RESERVED,
  ROLE_ADDRESS,
} from './reasons.ts'
import { PRIVATE_BLOCKS, RESERVED_BLOCKS } from './special-addresses.ts'
import { RESERVED_NAMES } from './special-names.ts'
import { WARNING_LISTS } from './warning-lists.ts'

/**
 * Why a value should not be published, the most telling reason first: own, internal, private, reserved, then the lists.
 *
 * @see docs/spec/gate.md, "Values"
 */
export function checkValue({ type, value }: Observable, own: Ownership): readonly Reason[] {
  return CHECKS[type]?.(value, own) ?? []
}

type Check = (value: string, own: Ownership) => readonly Reason[]

const CHECKS: Partial<Record<ObservableType, Check>> = {
  ipv4: checkAddress,
  ipv6: checkAddress,
  cidr: checkAddress,
  domain: checkName,
  url: checkUrl,
  email: checkEmail,
  md5: checkHash,
  sha1: checkHash,
  sha256: checkHash,
  sha512: checkHash,
  'sha3-256': checkHash,
  'sha3-512': checkHash,
}

function checkAddress(value: string, own: Ownership): readonly Reason[] {
  const range = rangeOf(value)
  if (range === undefined) return []
  return [...checkRange(range, own), ...WARNING_LISTS.ofRange(range).map(listed)]
}

function checkName(name: string, own: Ownership): readonly Reason[] {
  const suffix = isPublicSuffix(name) ? [PUBLIC_SUFFIX] : []
  return [...checkHost(name, own), ...suffix, ...WARNING_LISTS.ofName(name).map(listed)]
}

/** Bad files lie on good sites: the lists count for a URL only where it names the whole site. */
function checkUrl(url: string, own: Ownership): readonly Reason[] {
  const { host, isRoot } = splitUrl(url)
  const range = rangeOf(host)
  if (range === undefined) return isRoot ? checkName(host, own) : checkHost(host, own)
  const lists = isRoot ? WARNING_LISTS.ofService(range) : []
  return [...checkRange(range, own), ...lists.map(listed)]
}

function checkEmail(address: string, own: Ownership): readonly Reason[] {
  const at = address.lastIndexOf('@')
  const role = CONTACTS.has(address.slice(0, at)) ? [ROLE_ADDRESS] : []
  return [...checkHost(address.slice(at + 1), own), ...role]
}

function checkHash(hash: string): readonly Reason[] {
  return WARNING_LISTS.ofHash(hash).map(listed)
}

/** What holds whatever is done at the address. */
function checkRange(range: AddressRange, own: Ownership): readonly Reason[] {
  return [
    ...(own.ownsAny(range) ? [OWN_ASSET] : []),
    ...(PRIVATE_RANGES.overlaps(range) ? [PRIVATE] : []),
    ...(RESERVED_RANGES.overlaps(range) ? [RESERVED] : []),
  ]
}

/** What holds whatever is done at the host. */
function checkHost(name: string, own: Ownership): readonly Reason[] {
  return [
    ...(own.ownsName(name) ? [OWN_ASSET] : []),
    ...(own.isInternal(name) || isUnqualified(name) ? [INTERNAL_HOST] : []),
    ...(isAtOrBelow(name, RESERVED_NAMES) ? [RESERVED] : []),
  ]
}

/** A name of one label that is no top-level domain resolves by the search list of one network. */
function isUnqualified(name: string): boolean {
  return !name.includes('.') && !isPublicSuffix(name)
}

/** What MISP's list `common-contact-emails` matches, by its one regular expression. */
const CONTACTS: ReadonlySet<string> = new Set(['security', 'noc', 'soc', 'abuse'])

const PRIVATE_RANGES = createRangeSet(PRIVATE_BLOCKS.flatMap((block) => rangeOf(block) ?? []))
const RESERVED_RANGES = createRangeSet(RESERVED_BLOCKS.flatMap((block) => rangeOf(block) ?? []))

/** Host without brackets, and whether path and query are empty, of a URL in normal form: `scheme://user@host:port/path?query`. */
function splitUrl(url: string): { readonly host: string; readonly isRoot: boolean } {
  const start = url.indexOf('://') + 3
  const path = url.indexOf('/', start)
  const authority = url.slice(start, path)
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const end = host.startsWith('[') ? host.indexOf(']') : host.indexOf(':')
  const bare = end < 0 ? host : host.slice(host.startsWith('[') ? 1 : 0, end)
  return { host: bare, isRoot: path === url.length - 1 }
}
