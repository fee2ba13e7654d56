import amazonAws from '../lists/amazon-aws.json' with { type: 'json' }
import malwareAnalysis from '../lists/automated-malware-analysis.json' with { type: 'json' }
import bankWebsite from '../lists/bank-website.json' with { type: 'json' }
import ciscoTop1000 from '../lists/cisco_top1000.json' with { type: 'json' }
import cloudflare from '../lists/cloudflare.json' with { type: 'json' }
import falsePositiveHashes from '../lists/common-ioc-false-positive.json' with { type: 'json' }
import emptyHashes from '../lists/empty-hashes.json' with { type: 'json' }
import googleGcp from '../lists/google-gcp.json' with { type: 'json' }
import publicDnsV6 from '../lists/public-dns-v6.json' with { type: 'json' }
import providerBlogs from '../lists/security-provider-blogpost.json' with { type: 'json' }
import sinkholes from '../lists/sinkholes.json' with { type: 'json' }
import tlds from '../lists/tlds.json' with { type: 'json' }
import tranco10k from '../lists/tranco10k.json' with { type: 'json' }
import urlShortener from '../lists/url-shortener.json' with { type: 'json' }
import { type AddressRange, createRangeSet, rangeOf, type RangeSet } from './address-range.ts'
import { sameOwner } from './domain-owner.ts'
import { RESOLVER_ADDRESSES, RESOLVER_NAMES } from './public-resolvers.ts'

/** A list, as a finding names it. */
export interface WarningList {
  readonly id: string
  readonly name: string
}

/** The carried lists by what they hold. The first of several answers is the most telling. */
export interface WarningLists {
  /** @param name in normal form */
  ofName(name: string): readonly WarningList[]
  /** Lists that hold any address of the range. */
  ofRange(range: AddressRange): readonly WarningList[]
  /** As {@link ofRange}, but for the ranges of clouds, where what stands at one address says nothing of its neighbours. */
  ofService(range: AddressRange): readonly WarningList[]
  /** @param hash in normal form, of whatever algorithm */
  ofHash(hash: string): readonly WarningList[]
}

/** The lists. Each kind is compiled when it is first asked for: some tens of thousands of values. */
export const WARNING_LISTS: WarningLists = {
  ofName(name) {
    const index = names()
    const parent = name.startsWith('www.') ? name.slice(4) : name
    const found = new Set(index.get(name)?.map(({ list }) => list))
    for (const owner of [parent, ...sameOwner(name).slice(1)]) {
      for (const { list, reach } of index.get(owner) ?? []) if (reach === 'below') found.add(list)
    }
    return [...found]
  },
  ofRange: (range) => holders(range, ranges()),
  ofService: (range) =>
    holders(
      range,
      ranges().filter(({ isCloud }) => !isCloud),
    ),
  ofHash: (hash) =>
    hashes()
      .get(hash)
      ?.map(({ list }) => list) ?? [],
}

/** `alone`: each name stands for itself. `below`: for its owner's names below it, too. */
type Reach = 'alone' | 'below'

interface Source {
  readonly id: string
  readonly from: { readonly name: string; readonly list: readonly string[] }
  readonly reach?: Reach
}

const RESOLVERS = 'Public resolvers'

const RANGES: readonly (Source & { readonly isCloud?: true })[] = [
  { id: 'public-resolvers', from: { name: RESOLVERS, list: RESOLVER_ADDRESSES } },
  { id: 'public-dns-v6', from: publicDnsV6 },
  { id: 'sinkholes', from: sinkholes },
  { id: 'cloudflare', from: cloudflare, isCloud: true },
  { id: 'amazon-aws', from: amazonAws, isCloud: true },
  { id: 'google-gcp', from: googleGcp, isCloud: true },
]

const NAMES: readonly Source[] = [
  { id: 'public-resolvers', from: { name: RESOLVERS, list: RESOLVER_NAMES }, reach: 'below' },
  { id: 'tlds', from: tlds, reach: 'alone' },
  { id: 'tranco10k', from: tranco10k, reach: 'below' },
  { id: 'cisco_top1000', from: ciscoTop1000, reach: 'alone' },
  { id: 'bank-website', from: bankWebsite, reach: 'below' },
  { id: 'automated-malware-analysis', from: malwareAnalysis, reach: 'below' },
  { id: 'security-provider-blogpost', from: providerBlogs, reach: 'below' },
  { id: 'url-shortener', from: urlShortener, reach: 'below' },
]

const HASHES: readonly Source[] = [
  { id: 'empty-hashes', from: emptyHashes },
  { id: 'common-ioc-false-positive', from: falsePositiveHashes },
]

const names = once(() => indexOf(NAMES))
const hashes = once(() => indexOf(HASHES))
const ranges = once(() =>
  RANGES.map(({ id, from, isCloud = false }) => ({
    list: { id, name: from.name },
    set: createRangeSet(from.list.flatMap((value) => rangeOf(value) ?? [])),
    isCloud,
  })),
)

function holders(
  range: AddressRange,
  among: readonly { readonly list: WarningList; readonly set: RangeSet }[],
): readonly WarningList[] {
  return among.filter(({ set }) => set.overlaps(range)).map(({ list }) => list)
}

interface Entry {
  readonly list: WarningList
  readonly reach: Reach
}

function indexOf(sources: readonly Source[]): ReadonlyMap<string, readonly Entry[]> {
  const index = new Map<string, Entry[]>()
  for (const { id, from, reach = 'alone' } of sources) {
    const entry = { list: { id, name: from.name }, reach }
    for (const value of from.list) {
      // Some write a dot in front of a name for which those below it count, too.
      const key = (value.startsWith('.') ? value.slice(1) : value).toLowerCase()
      const entries = index.get(key)
      if (entries === undefined) index.set(key, [entry])
      else entries.push(entry)
    }
  }
  return index
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
