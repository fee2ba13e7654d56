import { parse } from 'smol-toml'
import { HomeError } from '../errors.ts'
import { nearest } from './nearest.ts'
import type { NodeConfig } from './node-config.ts'
import { listSettings, type Setting, SETTINGS, variableOf } from './settings.ts'

/** Where settings come from. Later sources beat earlier ones: file, environment, flags. */
export interface ConfigSources {
  /** Text of the file, and its path for messages. */
  readonly file?: { readonly text: string; readonly path: string }
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Values by full name (`network.listen`), each with the flag that gave it. */
  readonly flags?: Readonly<Record<string, { readonly value: unknown; readonly flag: string }>>
}

/**
 * Puts the settings of a node together.
 *
 * @throws HomeError CONFIG_INVALID, naming the key and where it stands
 */
export function loadConfig(sources: ConfigSources): NodeConfig {
  const found = new Map<string, unknown>()
  for (const given of [
    ...fromFile(sources.file),
    ...fromEnvironment(sources.environment),
    ...fromFlags(sources.flags),
  ]) {
    found.set(given.key, check(given))
  }
  const sections = new Map<string, [string, unknown][]>()
  for (const setting of listSettings()) {
    const entries = sections.get(setting.section) ?? []
    const value = found.has(setting.key) ? found.get(setting.key) : setting.default
    entries.push([camelCase(setting.name), Object.freeze(value)])
    sections.set(setting.section, entries)
  }
  const config = [...sections].map(([section, entries]) => [
    section,
    Object.freeze(Object.fromEntries(entries)),
  ])
  return Object.freeze(Object.fromEntries(config)) as NodeConfig
}

/** A setting as somebody gave it. */
interface Given {
  readonly key: string
  readonly value: unknown
  readonly origin: string
}

function check({ key, value, origin }: Given): unknown {
  const { type } = settingOf(key, origin)
  const read = type.read(value)
  if (read === undefined) throw invalid(key, origin, `expected ${type.expected}, got ${show(value)}`)
  return read
}

function settingOf(key: string, origin: string): Setting {
  const known = listSettings()
  const setting = known.find((candidate) => candidate.key === key)
  if (setting !== undefined) return setting
  const meant = nearest(
    key,
    known.map((candidate) => candidate.key),
  )
  throw invalid(
    key,
    origin,
    meant === undefined ? 'no such setting' : `no such setting: did you mean ${meant}?`,
  )
}

function fromFile(file: ConfigSources['file']): readonly Given[] {
  if (file === undefined) return []
  return Object.entries(parseToml(file.text, file.path)).flatMap(([section, values]) => {
    if (!Object.hasOwn(SETTINGS, section)) throw unknownSection(section, file.path)
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      throw invalid(section, file.path, `expected a section: write [${section}] on a line of its own`)
    }
    return Object.entries(values).map(([name, value]) => ({
      key: `${section}.${name}`,
      value,
      origin: file.path,
    }))
  })
}

function parseToml(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text)
  } catch (cause) {
    const where = cause instanceof Error && 'line' in cause ? ` in line ${String(cause.line)}` : ''
    throw new HomeError('CONFIG_INVALID', `${path} is not TOML${where}`, { cause })
  }
}

function unknownSection(section: string, path: string): HomeError {
  const meant = nearest(section, Object.keys(SETTINGS))
  return invalid(
    section,
    path,
    meant === undefined ? 'no such section' : `no such section: did you mean [${meant}]?`,
  )
}

function fromEnvironment(environment: ConfigSources['environment']): readonly Given[] {
  const byVariable = new Map(listSettings().map((setting) => [variableOf(setting.key), setting]))
  return Object.entries(environment).flatMap(([variable, text]) => {
    if (text === undefined || !isOfSection(variable)) return []
    const origin = `environment variable ${variable}`
    const setting = byVariable.get(variable)
    if (setting !== undefined) return [{ key: setting.key, value: setting.type.fromText(text), origin }]
    const meant = nearest(variable, [...byVariable.keys()])
    throw invalid(
      variable,
      'the environment',
      meant === undefined ? 'no such setting' : `did you mean ${meant}?`,
    )
  })
}

/** Variables of other uses, such as INTELMESH_HOME, are none of the settings'. */
function isOfSection(variable: string): boolean {
  return Object.keys(SETTINGS).some((section) => variable.startsWith(`INTELMESH_${section.toUpperCase()}_`))
}

function fromFlags(flags: ConfigSources['flags']): readonly Given[] {
  return Object.entries(flags ?? {}).map(([key, { value, flag }]) => ({ key, value, origin: flag }))
}

function invalid(key: string, origin: string, fault: string): HomeError {
  return new HomeError('CONFIG_INVALID', `${key} (from ${origin}): ${fault}`)
}

function show(value: unknown): string {
  const text = value instanceof Date ? value.toISOString() : (JSON.stringify(value) ?? typeof value)
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
