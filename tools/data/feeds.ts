import { createHash } from 'node:crypto'
import { basename, dirname } from 'node:path'

/** A file of the shared data, read. */
export interface FeedInput {
  readonly path: string
  readonly text: string
}

/** A feed that the demonstration publishes: real indicators, in one of the formats the command line reads. */
export interface Feed {
  readonly file: string
  readonly title: string
  readonly format: 'stix' | 'csv' | 'list'
  /** The sources it is made of; see `sources.ts`. */
  readonly from: string
  readonly make: (inputs: readonly FeedInput[]) => string
}

interface Row {
  readonly value: string
  readonly description?: string
  readonly labels?: string
  readonly validFrom?: string
}

/** One feed for each of eight publishers. Only what anybody may redistribute and change. */
export const FEEDS: readonly Feed[] = [
  {
    file: 'attack-ics.json',
    title: 'ATT&CK for ICS 17.1',
    format: 'stix',
    from: 'stix21/attack/ics-attack-17.1.json',
    make: verbatim,
  },
  {
    file: 'blackbook.csv',
    title: 'Blackbook malware domains',
    format: 'csv',
    from: 'ioc/blackbook',
    make: blackbook,
  },
  { file: 'eset.csv', title: 'ESET research samples', format: 'csv', from: 'ioc/eset', make: eset },
  {
    file: 'ipsum.txt',
    title: 'IPsum, addresses on three blocklists or more',
    format: 'list',
    from: 'ioc/ipsum/3.txt',
    make: verbatim,
  },
  {
    file: 'kev.json',
    title: 'CISA known exploited vulnerabilities',
    format: 'stix',
    from: 'ioc/kev/known_exploited_vulnerabilities.json',
    make: kev,
  },
  { file: 'maltrail.csv', title: 'Maltrail trails', format: 'csv', from: 'ioc/maltrail', make: maltrail },
  {
    file: 'threatfox.txt',
    title: 'ThreatFox addresses',
    format: 'list',
    from: 'ioc/threatfox',
    make: verbatim,
  },
  {
    file: 'tweetfeed.csv',
    title: 'TweetFeed, three days',
    format: 'csv',
    from: 'ioc/tweetfeed',
    make: tweetfeed,
  },
]

function verbatim(inputs: readonly FeedInput[]): string {
  return inputs.map(({ text }) => text).join('')
}

/** Columns: Domain, Malware, Date added, Source. */
function blackbook(inputs: readonly FeedInput[]): string {
  return csv(
    fields(inputs, ',')
      .filter(([domain]) => domain !== 'Domain')
      .map(([value = '', description = '', validFrom = '']) => ({
        value,
        description,
        validFrom: `${validFrom}T00:00:00Z`,
      })),
  )
}

/** A hash a line; the folder is named after the group or family. */
function eset(inputs: readonly FeedInput[]): string {
  return csv(
    inputs.flatMap(({ path, text }) =>
      valuesIn(text).map((value) => ({ value, description: basename(dirname(path)) })),
    ),
  )
}

/** A trail a line: an address, network, domain or the start of a URL. The file is named after the family. */
function maltrail(inputs: readonly FeedInput[]): string {
  return csv(
    inputs.flatMap(({ path, text }) =>
      valuesIn(text).map((value) => ({ value, description: basename(path, '.txt') })),
    ),
  )
}

/** Columns: time, account, type, value, tags, post. Accounts and posts are of people, and left out. */
function tweetfeed(inputs: readonly FeedInput[]): string {
  return csv(
    fields(inputs, ',').map(([time = '', , , value = '', tags = '']) => ({
      value,
      labels: tags.replaceAll('#', '').trim().split(/\s+/).join(';'),
      validFrom: `${time.replace(' ', 'T')}Z`,
    })),
  )
}

/** A STIX vulnerability for each entry; its id is derived from the CVE, so that a second run makes the same bundle. */
function kev(inputs: readonly FeedInput[]): string {
  const catalogue = JSON.parse(verbatim(inputs)) as {
    readonly vulnerabilities: readonly Readonly<Record<string, string>>[]
  }
  const objects = catalogue.vulnerabilities.map(
    ({ cveID, dateAdded, vulnerabilityName, shortDescription }) => ({
      type: 'vulnerability',
      spec_version: '2.1',
      id: `vulnerability--${uuidOf(`known-exploited ${cveID}`)}`,
      created: `${dateAdded}T00:00:00.000Z`,
      modified: `${dateAdded}T00:00:00.000Z`,
      name: cveID,
      description: `${vulnerabilityName}. ${shortDescription}`,
      labels: ['known-exploited'],
      external_references: [{ source_name: 'cve', external_id: cveID }],
    }),
  )
  return JSON.stringify({ type: 'bundle', id: `bundle--${uuidOf('known-exploited')}`, objects })
}

/** A UUID of version 5's shape, from the SHA-1 of a name. */
function uuidOf(name: string): string {
  const hex = createHash('sha1').update(name).digest('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The values of a list, without its comments. */
function valuesIn(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '')
}

function fields(inputs: readonly FeedInput[], separator: string): readonly (readonly string[])[] {
  return inputs.flatMap(({ text }) => valuesOfLines(text)).map((line) => line.split(separator))
}

function valuesOfLines(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line !== '')
}

/** Rows with distinct values under one header; values with a comma are quoted. */
function csv(rows: readonly Row[]): string {
  const distinct = new Map(rows.map((row) => [row.value, row]))
  const lines = [...distinct.values()].map(({ value, description = '', labels = '', validFrom = '' }) =>
    [value, description, labels, validFrom].map(quoted).join(','),
  )
  return ['value,description,labels,valid_from', ...lines, ''].join('\n')
}

function quoted(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
