import { createGate, type OwnAssets } from '@intelmesh/gate'
import { LOG_LEVELS, type LogLevel } from './node-config.ts'

/** One kind of setting: what TOML may say, and how the same is written in an environment variable or after a flag. */
export interface SettingType<T> {
  /** For people: what is expected. */
  readonly expected: string
  /** The setting, or `undefined` where `value` is none. */
  read(value: unknown): T | undefined
  /** The TOML value that a text stands for. */
  fromText(text: string): unknown
}

/** A whole number within bounds. */
export function whole(least: number, most: number): SettingType<number> {
  return {
    expected: `a whole number from ${least} to ${most}`,
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
        ? value
        : undefined,
    fromText: (text) => (/^[0-9]{1,9}$/.test(text) ? Number(text) : text),
  }
}

export const flag: SettingType<boolean> = {
  expected: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
  fromText: (text) => (text === 'true' ? true : text === 'false' ? false : text),
}

export const logLevel: SettingType<LogLevel> = {
  expected: `one of ${LOG_LEVELS.join(', ')}`,
  read: (value) => LOG_LEVELS.find((level) => level === value),
  fromText: (text) => text,
}

/** A host name or address to listen on. */
export const host: SettingType<string> = {
  expected: 'a host name or an IP address',
  read: (value) => (typeof value === 'string' && /^[A-Za-z0-9.:_-]{1,253}$/.test(value) ? value : undefined),
  fromText: (text) => text,
}

/** Enough for every address a machine has. */
const MOST_LISTED = 16
/** Each text that is published is compared with all of them. */
const MOST_ASSETS = 1000

const HOST_AND_PORT =
  /\/(?:ip4\/[0-9.]{7,15}|ip6\/[0-9A-Fa-f:.]{2,45}|dns[46]?\/[A-Za-z0-9.-]{1,253})\/tcp\/(?:0|[1-9][0-9]{0,4})/
    .source
const PEER = /(?:\/p2p\/[A-Za-z0-9]{40,70})?/.source

/** Multiaddrs of TCP, and of WebSockets over it. */
export const multiaddrs: SettingType<readonly string[]> = listOf(
  'a list of addresses such as "/ip4/192.0.2.1/tcp/4650" or "/dns4/node.example/tcp/443/tls/ws"',
  matches(new RegExp(`^${HOST_AND_PORT}(?:/ws|/wss|/tls/ws)?${PEER}$`)),
)

/** Those that a node can listen on: it ends no TLS. */
export const listenAddresses: SettingType<readonly string[]> = listOf(
  'a list of addresses such as "/ip4/0.0.0.0/tcp/4650" or "/ip4/0.0.0.0/tcp/8080/ws"',
  matches(new RegExp(`^${HOST_AND_PORT}(?:/ws)?${PEER}$`)),
)

/** Base URLs of http or https, without query. */
export const urls: SettingType<readonly string[]> = listOf(
  'a list of addresses such as "https://aco.example:4651"',
  matches(
    /^https?:\/\/(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~/-]{0,100})?$/,
  ),
)

/** Domains that the organisation calls its own. */
export const ownDomains: SettingType<readonly string[]> = assets(
  'domains',
  'a list of domain names such as "bank.example"',
)

/** Addresses and networks that the organisation calls its own. */
export const ownRanges: SettingType<readonly string[]> = assets(
  'ranges',
  'a list of addresses or networks such as "192.0.2.0/24"',
)

/** Names of the organisation's hosts. */
export const hostPatterns: SettingType<readonly string[]> = assets(
  'hosts',
  'a list of host names such as "srv-*", where * stands for any characters but dots',
)

/** What the gate lets through. */
export const allowed: SettingType<readonly string[]> = listOf(
  'a list of values, or of lists of the gate such as "tranco10k"',
  matches(/^\S(?:.{0,2046}\S)?$/),
  MOST_ASSETS,
)

/** How long records are kept: a compartment, or one STIX type in it, and days. */
export const retentionRules: SettingType<readonly string[]> = listOf(
  'a list such as "green 90d" or "green/observed-data 7d"',
  matches(/^(?:clear|green)(?:\/[a-z][a-z0-9-]{1,60})? (?:[1-9][0-9]{0,3})d$/),
)

/** What is done about a damaged store. */
export const storeHealing: SettingType<'auto' | 'off'> = {
  expected: 'auto or off',
  read: (value) => (value === 'auto' || value === 'off' ? value : undefined),
  fromText: (text) => text,
}

function listOf(
  expected: string,
  isItem: (item: string) => boolean,
  most: number = MOST_LISTED,
): SettingType<readonly string[]> {
  const fits = (item: unknown): item is string => typeof item === 'string' && isItem(item)
  return {
    expected,
    read: (value) =>
      Array.isArray(value) && value.length <= most && value.every(fits)
        ? Object.freeze([...value])
        : undefined,
    fromText: (text) => text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()])),
  }
}

function matches(form: RegExp): (item: string) => boolean {
  return (item) => form.test(item)
}

/** What the gate takes for an asset. */
function assets(kind: keyof OwnAssets, expected: string): SettingType<readonly string[]> {
  const isAsset = (item: string): boolean => {
    try {
      createGate({ domains: [], ranges: [], hosts: [], [kind]: [item] })
      return true
    } catch (error) {
      if (error instanceof RangeError) return false
      throw error
    }
  }
  return listOf(expected, isAsset, MOST_ASSETS)
}
