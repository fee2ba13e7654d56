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

/** Multiaddrs of TCP. */
export const multiaddrs: SettingType<readonly string[]> = listOf(
  'a list of addresses such as "/ip4/0.0.0.0/tcp/4650"',
  /^\/(?:ip4\/[0-9.]{7,15}|ip6\/[0-9A-Fa-f:.]{2,45}|dns[46]?\/[A-Za-z0-9.-]{1,253})\/tcp\/(?:0|[1-9][0-9]{0,4})(?:\/p2p\/[A-Za-z0-9]{40,70})?$/,
)

/** Base URLs of http or https, without query. */
export const urls: SettingType<readonly string[]> = listOf(
  'a list of addresses such as "https://aco.example:4651"',
  /^https?:\/\/(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~/-]{0,100})?$/,
)

/** Enough for every address a machine has. */
const MAX_LISTED = 16

function listOf(expected: string, form: RegExp): SettingType<readonly string[]> {
  const isItem = (item: unknown): item is string => typeof item === 'string' && form.test(item)
  return {
    expected,
    read: (value) =>
      Array.isArray(value) && value.length <= MAX_LISTED && value.every(isItem)
        ? Object.freeze([...value])
        : undefined,
    fromText: (text) => text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()])),
  }
}
