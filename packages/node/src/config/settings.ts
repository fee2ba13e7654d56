import type { NodeConfig } from './node-config.ts'
import {
  allowed,
  flag,
  host,
  hostPatterns,
  listenAddresses,
  logLevel,
  multiaddrs,
  ownDomains,
  ownRanges,
  retentionRules,
  type SettingType,
  storeHealing,
  urls,
  whole,
} from './setting-types.ts'

/** One setting: its place in the file, what it may be, and what a person should know about it. */
export interface Setting<T = unknown> {
  readonly type: SettingType<T>
  readonly default: T
  /** One line for the file that is written at joining. */
  readonly about: string
}

type Settings = {
  readonly [Section in keyof NodeConfig]: {
    readonly [Name in keyof NodeConfig[Section] as SnakeCase<Name & string>]: Setting<
      NodeConfig[Section][Name]
    >
  }
}

type SnakeCase<S extends string> = S extends `${infer Head}${infer Tail}`
  ? Head extends Uppercase<Head>
    ? `_${Lowercase<Head>}${SnakeCase<Tail>}`
    : `${Head}${SnakeCase<Tail>}`
  : S

const port = whole(0, 65_535)

/** Every setting, by section and name as the file spells them. */
export const SETTINGS: Settings = {
  network: {
    listen: {
      type: listenAddresses,
      default: ['/ip4/0.0.0.0/tcp/4650'],
      about:
        'Where other members reach this node. An empty list makes a node that only dials out; port 0 takes any free one.',
    },
    announce: {
      type: multiaddrs,
      default: [],
      about: 'What to tell others instead of the above, behind a router or a load balancer.',
    },
    relay: {
      type: flag,
      default: false,
      about:
        'Whether members that cannot be reached may be reached through this node. It sees none of their bytes.',
    },
  },
  api: {
    host: {
      type: host,
      default: '127.0.0.1',
      about: 'Where programs of this organisation reach the node. It speaks plain HTTP.',
    },
    port: { type: port, default: 0, about: '0 takes any free port; run.json tells which.' },
  },
  enrolment: {
    host: {
      type: host,
      default: '0.0.0.0',
      about: 'ACOs only: where newcomers reach the enrolment service.',
    },
    port: { type: port, default: 4651, about: '0 takes any free port.' },
    public_urls: { type: urls, default: [], about: 'ACOs only: the addresses that go into invites.' },
    local: {
      type: flag,
      default: false,
      about: 'ACOs only: put loopback addresses into invites, to try things out on one machine.',
    },
  },
  log: { level: { type: logLevel, default: 'info', about: 'error, warn, info, debug or silent.' } },
  status: {
    next_update_hours: {
      type: whole(1, 720),
      default: 72,
      about: 'ACOs only: how long members go on without hearing from the ACO before they hold back.',
    },
    beat_seconds: {
      type: whole(1, 3600),
      default: 60,
      about: 'ACOs only: how often the ACO says that nothing changed.',
    },
  },
  sync: {
    interval_seconds: {
      type: whole(1, 3600),
      default: 30,
      about: 'How often this node compares its records with those of two members, in each compartment.',
    },
  },
  store: {
    heal: {
      type: storeHealing,
      default: 'auto',
      about:
        'What to do at the start about a damaged store: auto puts it aside and fetches from members, off stops.',
    },
  },
  retention: {
    keep: {
      type: retentionRules,
      default: [],
      about:
        'How long this node keeps what has not expired, such as "green 90d" or "green/observed-data 7d".',
    },
  },
  limits: {
    connections: { type: whole(1, 10_000), default: 300, about: 'Connections to other members at one time.' },
  },
  gate: {
    own_domains: {
      type: ownDomains,
      default: [],
      about: 'Domains of this organisation. They, and names below them, are held back before publishing.',
    },
    own_ranges: {
      type: ownRanges,
      default: [],
      about: 'Addresses and networks of this organisation, held back likewise.',
    },
    internal_hosts: {
      type: hostPatterns,
      default: [],
      about: 'Names of machines of this organisation, such as "srv-*", held back likewise, in text too.',
    },
    allow: {
      type: allowed,
      default: [],
      about: 'Values or lists, such as "amazon-aws", that are published all the same.',
    },
  },
}

/** All settings with their full names, `section.name`, in the order of the file. */
export function listSettings(): readonly (Setting & {
  readonly section: string
  readonly name: string
  readonly key: string
})[] {
  return Object.entries(SETTINGS).flatMap(([section, settings]) =>
    Object.entries(settings as Readonly<Record<string, Setting>>).map(([name, setting]) => ({
      ...setting,
      section,
      name,
      key: `${section}.${name}`,
    })),
  )
}

/** `network.listen` → `INTELMESH_NETWORK_LISTEN` */
export function variableOf(key: string): string {
  return `INTELMESH_${key.replace('.', '_').toUpperCase()}`
}
