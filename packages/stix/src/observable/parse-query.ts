import { normalise } from './normalise.ts'
import { normaliseUrl } from './normalise-url.ts'
import type { Observable, ObservableType } from './observable.ts'
import { formatIp, networkOf, parseIp } from './parse-ip.ts'
import { recognise } from './recognise.ts'
import { refang } from './refang.ts'

/** How a key relates to what was typed. `below` stands for all that is under a name or in a network, and not for the value itself. */
export type LookupRelation = 'exact' | 'cidr' | 'url-host' | 'parent-domain' | 'url-prefix' | 'below'

/** One key to read in the index. */
export interface LookupKey extends Observable {
  readonly relation: LookupRelation
}

/** Which networks are worth a key: their lengths, the longest first. */
export type NetworkLengths = (family: 4 | 6) => readonly number[]

/**
 * Turns what a person typed into the keys to look up, exact ones first: an address with every network that could hold it, a
 * network with what is in it, a name with its parents of at least two labels, `*.name` with what is under the name, a URL with its
 * parents and its host. Text of no known form is looked up as name of a file, of a mutex, and as user agent. Fewer than 300 keys.
 *
 * @param lengths of networks that are known; all, unless given
 * @see docs/spec/stix.md, "Look-up"
 */
export function parseQuery(text: string, lengths: NetworkLengths = allLengths): readonly LookupKey[] {
  const under = nameUnderStar(text)
  if (under !== undefined) return [{ type: 'domain', value: under, relation: 'below' }]
  const exact = recogniseAny(text)
  const named = exact.some(({ type }) => !MAY_BE_NAMES.has(type)) ? [] : readNames(refang(text))
  const keys = [...exact, ...named].map((observable) => ({ ...observable, relation: 'exact' as const }))
  return distinct([...keys, ...exact.flatMap((observable) => expand(observable, lengths))])
}

function nameUnderStar(text: string): string | undefined {
  const plain = text.length > MAX_STARRED ? '' : refang(text)
  return plain.startsWith('*.') ? normalise('domain', plain.slice(2)) : undefined
}

/** A name is shorter, however it is defanged. */
const MAX_STARRED = 1024

const allLengths: NetworkLengths = (family) =>
  Array.from({ length: family === 4 ? 32 : 128 }, (_, i) => (family === 4 ? 31 : 127) - i)

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

type Expansion = (value: string, lengths: NetworkLengths) => readonly LookupKey[]

const EXPANSIONS: Partial<Record<ObservableType, Expansion>> = {
  ipv4: (value, lengths) => networksOf(value, 32, lengths),
  ipv6: (value, lengths) => networksOf(value, 128, lengths),
  cidr: (value, lengths) => [
    { type: 'cidr', value, relation: 'below' },
    ...networksOf(value.slice(0, value.indexOf('/')), Number(value.slice(value.indexOf('/') + 1)), lengths),
  ],
  domain: parentsOf,
  url: (value, lengths) => [...urlParentsOf(value), ...hostOf(value, lengths)],
}

function expand({ type, value }: Observable, lengths: NetworkLengths): readonly LookupKey[] {
  return EXPANSIONS[type]?.(value, lengths) ?? []
}

/** Every network of fewer than `below` bits around `address`, the smallest first. */
function networksOf(address: string, below: number, lengths: NetworkLengths): readonly LookupKey[] {
  const bytes = parseIp(address)
  if (bytes === undefined) return []
  const prefixes = lengths(bytes.length === 4 ? 4 : 6).filter((prefix) => prefix < below)
  return prefixes.map((prefix) => {
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

function hostOf(url: string, lengths: NetworkLengths): readonly LookupKey[] {
  const read = normaliseUrl(url)
  if (read === undefined) return []
  const host = { type: read.hostType, value: read.host }
  return [{ ...host, relation: 'url-host' }, ...expand(host, lengths)]
}

function distinct(keys: readonly LookupKey[]): readonly LookupKey[] {
  const seen = new Map<string, LookupKey>()
  for (const key of keys) {
    const name = `${key.relation === 'below' ? 'below ' : ''}${key.type} ${key.value}`
    if (!seen.has(name)) seen.set(name, key)
  }
  return [...seen.values()]
}
