import { parse } from 'tldts'
import { SHARED_NAMES } from './special-names.ts'

/** Whether the name, or one above it, is among `names`. */
export function isAtOrBelow(name: string, names: ReadonlySet<string>): boolean {
  return selfAndParents(name).some((candidate) => names.has(candidate))
}

/**
 * The name and those above it that belong to the same owner: down from what the Public Suffix List, private suffixes included,
 * calls registrable. Below a shared name, and for a public suffix, the name alone.
 *
 * @param name in normal form
 */
export function sameOwner(name: string): readonly string[] {
  const [, ...parents] = selfAndParents(name)
  const { domain } = parse(name, WITH_PRIVATE)
  if (domain === null || parents.some((parent) => SHARED_NAMES.has(parent))) return [name]
  return [name, ...parents.filter((parent) => parent.length >= domain.length)]
}

/**
 * Whether names below this one belong to many. A customer's own branch, which the list names by a wildcard such as
 * `*.raw.icp0.io`, is none.
 */
export function isPublicSuffix(name: string): boolean {
  const { domain, isIcann, isPrivate } = parse(name, WITH_PRIVATE)
  if (domain !== null) return false
  return isIcann === true || (isPrivate === true && !isWildcard(name))
}

/** `a.b.c`, `b.c`, `c`. */
function selfAndParents(name: string): readonly string[] {
  const names = [name]
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1))
    names.push(name.slice(dot + 1))
  return names
}

const WITH_PRIVATE = { allowPrivateDomains: true, extractHostname: false, validateHostname: false } as const

/** A suffix by wildcard has siblings of any name. */
function isWildcard(suffix: string): boolean {
  const dot = suffix.indexOf('.')
  return dot >= 0 && parse(`no-such-name${suffix.slice(dot)}`, WITH_PRIVATE).domain === null
}
