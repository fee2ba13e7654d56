import { readFile } from 'node:fs/promises'
import { zstdDecompressSync } from 'node:zlib'
import type { TlpLabel } from '@intelmesh/protocol'
import type { CommandContext } from '../context.ts'
import { canonicalise, type InputOptions, readInput } from '@intelmesh/stix'
import { type PublishItem, type ReadFile, readItems } from '../publish/read-items.ts'
import { FEEDS } from '../package-files.ts'
import { type Chance, createChance } from './chance.ts'

/** What one member publishes in one go. */
export interface Parcel {
  readonly title: string
  readonly tlp: TlpLabel
  readonly items: readonly PublishItem[]
}

/** What the members have to say. */
export interface Content {
  /** By member, in order. */
  readonly parcels: readonly (readonly Parcel[])[]
  /** Single indicators for what happens later, each with a value that can be looked up. */
  readonly later: readonly PublishItem[]
  /** Codes of what could not be read of the given files. */
  readonly unreadable: readonly string[]
}

/** A feed that comes with the command. */
interface Feed {
  readonly file: string
  readonly title: string
  readonly format: 'stix' | 'csv' | 'list'
}

/** Eight feeds of this many make several thousand objects, which travel in seconds. */
const OBJECTS_PER_FEED = 500
const LATER_PER_FEED = 60

/** Reads the given files and spreads what is in them over the members, or else gives each member feeds of its own. */
export async function readContent(
  {
    members,
    seed,
    input,
  }: { readonly members: number; readonly seed: string; readonly input: readonly string[] },
  context: CommandContext,
): Promise<Content> {
  const chance = createChance(seed, 'content')
  const feeds = chance.shuffle(await readFeeds(chance, context.now()))
  const later = chance.shuffle(feeds.flatMap((feed) => feed.later))
  if (input.length > 0) return { ...(await spread(input, members, context)), later }
  const perMember = Math.ceil(feeds.length / members)
  const parcels = Array.from({ length: members }, (_, i) =>
    feeds
      .slice(i * perMember, (i + 1) * perMember)
      .map(({ title, items }, place): Parcel => ({ title, items, tlp: place % 2 === 0 ? 'clear' : 'green' })),
  )
  return { parcels, later, unreadable: [] }
}

interface DrawnFeed {
  readonly title: string
  readonly items: readonly PublishItem[]
  readonly later: readonly PublishItem[]
}

async function readFeeds(chance: Chance, now: number): Promise<DrawnFeed[]> {
  const feeds = JSON.parse(await readFile(new URL('feeds.json', FEEDS), 'utf8')) as readonly Feed[]
  const drawn: DrawnFeed[] = []
  for (const feed of feeds) {
    const bytes = zstdDecompressSync(await readFile(new URL(feed.file, FEEDS)))
    const source = { name: feed.title, format: feed.format, now, uuid: () => chance.uuid() }
    drawn.push({
      title: feed.title,
      ...(feed.format === 'stix' ? drawObjects : drawLines)(bytes, source, chance),
    })
  }
  return drawn
}

type Draw = Omit<DrawnFeed, 'title'>

/** Labels may rest on the marking definitions of a bundle, so all of those stay. */
function drawObjects(bytes: Uint8Array, source: InputOptions, chance: Chance): Draw {
  const items = [...read(bytes, source)]
  const markings = items.filter(({ isMarking }) => isMarking)
  const others = chance.shuffle(items.filter(({ isMarking }) => !isMarking))
  return { items: [...markings, ...others.slice(0, OBJECTS_PER_FEED)], later: [] }
}

/** Draws lines before they are read: making an indicator of each of many thousands would take seconds. */
function drawLines(bytes: Buffer, source: InputOptions, chance: Chance): Draw {
  const lines = bytes.toString('utf8').trimEnd().split('\n')
  const titles = source.format === 'csv' ? lines.splice(0, 1) : []
  const shuffled = chance.shuffle(lines)
  const part = (from: number, count: number): readonly PublishItem[] => [
    ...read(Buffer.from([...titles, ...shuffled.slice(from, from + count)].join('\n')), source),
  ]
  return { items: part(0, OBJECTS_PER_FEED), later: part(OBJECTS_PER_FEED, LATER_PER_FEED) }
}

function* read(bytes: Uint8Array, source: InputOptions): Iterable<PublishItem> {
  let place = 0
  for (const item of readInput(bytes, source)) {
    place += 1
    if ('refused' in item) continue
    const text = new TextDecoder().decode(canonicalise(item.object))
    const isMarking = item.object['type'] === 'marking-definition'
    yield { text, where: `${source.name}#${place}`, isMarking }
  }
}

/** An object to each member in turn, and the marking definitions to all of them. */
async function spread(
  names: readonly string[],
  members: number,
  context: CommandContext,
): Promise<Omit<Content, 'later'>> {
  const files: ReadFile[] = []
  for (const name of names) files.push(await readItems(name, {}, context))
  const parcels = Array.from({ length: members }, (_, member) =>
    files.map(({ name, items }): Parcel => ({
      title: name,
      tlp: 'green',
      items: items.filter(({ isMarking }, i) => isMarking || i % members === member),
    })),
  )
  return { parcels, unreadable: files.flatMap(({ refused }) => refused.map(({ code }) => code)) }
}
