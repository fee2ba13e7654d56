import { normalise } from './normalise.ts'
import { normaliseUrl } from './normalise-url.ts'
import type { Observable, ObservableType } from './observable.ts'
import { formatIp, networkOf, parseIp } from './parse-ip.ts'
import { recognise } from './recognise.ts'
import { refang } from './refang.ts'

/** How a key relates to what was typed. */
export type LookupRelation = 'exact' | 'cidr' | 'url-host' | 'parent-domain' | 'url-prefix'

/** One key to read in the index. */
export interface LookupKey extends Observable {
  readonly relation: LookupRelation
}

/**
 * Turns what a person typed into the keys to look up, exact ones first: an address with every network that
 * could hold it, a name with its parents of at least two labels, a URL with its parents and its host. Text
 * of no known form is looked up as name of a file, of a mutex, and as user agent. Fewer than 300 keys.
 *
 * @see docs/spec/stix.md, "Look-up"
 */
export function parseQuery(text: string): readonly LookupKey[] {
  const exact = recogniseAny(text)
  const named = exact.some(({ type }) => !MAY_BE_NAMES.has(type)) ? [] : readNames(refang(text))
  const keys = [...exact, ...named].map((observable) => ({ ...observable, relation: 'exact' as const }))
  return distinct([...keys, ...exact.flatMap(expand)])
}

/** As `recognise`; a URL without its scheme is looked up under both that browsers know. */
function recogniseAny(text: string): readonly Observable[] {
  const found = recognise(text)
  const plain = refang(text)
  if (found.length > 0 || plain.indexOf('/') < 1 || plain.includes('\\')) return found
  return ['http', 'https'].flatMap((scheme) => recognise(`${scheme}://${plain}`))
}

/** Types whose form a file name can have as well. */
const MAY_BE_NAMES: ReadonlySet<ObservableType> = new Set(['domain', 'registry-key'])

/** Deepest path whose parents are looked up. */
const MAX_URL_PARENTS = 16

function readNames(text: string): readonly Observable[] {
  return (['file-name', 'mutex', 'user-agent'] as const).flatMap((type) => {
    const value = normalise(type, text)
    return value === undefined ? [] : [{ type, value }]
  })
}

const EXPANSIONS: Partial<Record<ObservableType, (value: string) => readonly LookupKey[]>> = {
  ipv4: (value) => networksOf(value, 32),
  ipv6: (value) => networksOf(value, 128),
  cidr: (value) =>
    networksOf(value.slice(0, value.indexOf('/')), Number(value.slice(value.indexOf('/') + 1))),
  domain: parentsOf,
  url: (value) => [...urlParentsOf(value), ...hostOf(value)],
}

function expand({ type, value }: Observable): readonly LookupKey[] {
  return EXPANSIONS[type]?.(value) ?? []
}

/** Every network of fewer than `below` bits around `address`, the smallest first. */
function networksOf(address: string, below: number): readonly LookupKey[] {
  const bytes = parseIp(address)
  if (bytes === undefined) return []
  return Array.from({ length: below }, (_, i) => {
    const prefix = below - 1 - i
    return { type: 'cidr', value: `${formatIp(networkOf(bytes, prefix))}/${prefix}`, relation: 'cidr' }
  })
}

function parentsOf(name: string): readonly LookupKey[] {
  const labels = name.split('.')
  return labels.slice(1, -1).map((_, i) => {
    return { type: 'domain', value: labels.slice(i + 1).join('.'), relation: 'parent-domain' }
  })
}

function urlParentsOf(url: string): readonly LookupKey[] {
  const root = url.indexOf('/', url.indexOf('://') + 3)
  const query = url.indexOf('?', root)
  let path = query < 0 ? url : url.slice(0, query)
  const parents = query < 0 ? [] : [path]
  while (parents.length < MAX_URL_PARENTS) {
    const slash = path.lastIndexOf('/', path.endsWith('/') ? path.length - 2 : path.length)
    if (slash < root) break
    path = path.slice(0, slash + 1)
    parents.push(path)
  }
  return parents.map((value) => ({ type: 'url', value, relation: 'url-prefix' }))
}

function hostOf(url: string): readonly LookupKey[] {
  const read = normaliseUrl(url)
  if (read === undefined) return []
  const host = { type: read.hostType, value: read.host }
  return [{ ...host, relation: 'url-host' }, ...expand(host)]
}

function distinct(keys: readonly LookupKey[]): readonly LookupKey[] {
  const seen = new Map<string, LookupKey>()
  for (const key of keys) {
    const name = `${key.type} ${key.value}`
    if (!seen.has(name)) seen.set(name, key)
  }
  return [...seen.values()]
}
