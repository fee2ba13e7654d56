import { parseArgs } from 'node:util'
import type { Argument, Command, CommandGroup, Invocation, Option, Options } from './command.ts'
import { readValue } from './read-value.ts'
import { UsageError } from './usage-error.ts'

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly of: readonly string[] }
  | {
      readonly kind: 'run'
      readonly path: string
      readonly command: Command
      readonly words: readonly string[]
    }

/** Finds the command in a command line. `--home` and `--json` may stand before it. @throws UsageError */
export function findCommand(tree: readonly (Command | CommandGroup)[], argv: readonly string[]): CommandLine {
  const { leading, rest } = splitLeading(argv)
  const first = rest[0]
  if (first === '--version' || first === '-v') return { kind: 'version' }
  if (first === undefined || first === '--help' || first === '-h') return { kind: 'help', of: [] }
  if (first === 'help') return { kind: 'help', of: pathOf(tree, rest.slice(1)) }
  if (first.startsWith('-')) throw unknownOption(first, ['--help', '--version', '--home', '--json'])
  const path = pathOf(tree, rest)
  const words = [...leading, ...rest.slice(path.length)]
  const command = lookUp(tree, path)
  if (isGroup(command) || asksForHelp(words)) return { kind: 'help', of: path }
  return { kind: 'run', path: path.join(' '), command, words }
}

/** The command or group under a path that {@link findCommand} gave. */
export function lookUp(
  tree: readonly (Command | CommandGroup)[],
  path: readonly string[],
): Command | CommandGroup {
  const [name, second] = path
  const found = tree.find((entry) => entry.name === name)
  const inner =
    found !== undefined && isGroup(found) ? found.commands.find((entry) => entry.name === second) : undefined
  if (found === undefined) throw new TypeError(`no command ${name}`)
  return inner ?? found
}

export function isGroup(entry: Command | CommandGroup): entry is CommandGroup {
  return 'commands' in entry
}

/** All options of a command: its own, and the one for help. */
export function optionsOf(command: Command): Options {
  const help: Option = { kind: 'flag', summary: 'print this help' }
  return { ...command.options, help }
}

/** Reads options and arguments. @param now ms since the Unix epoch @throws UsageError */
export function parseInvocation(command: Command, words: readonly string[], now: number): Invocation {
  const options = optionsOf(command)
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { kind }]) => [
      name,
      { type: kind === 'flag' ? ('boolean' as const) : ('string' as const), multiple: true },
    ]),
  )
  const { tokens } = parseArgs({
    args: [...words],
    options: config,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const args: string[] = []
  const values = new Map<string, (string | number | boolean)[]>()
  for (const token of tokens) {
    if (token.kind === 'positional') args.push(token.value)
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    if (option === undefined)
      throw unknownOption(
        token.rawName,
        Object.keys(options).map((name) => `--${name}`),
      )
    const given = values.get(token.name) ?? []
    values.set(token.name, [...given, readToken(token, option, now)])
    if (given.length > 0 && option.kind !== 'flag' && option.repeats === undefined) {
      throw new UsageError(`--${token.name} was given twice`)
    }
  }
  assertArguments(command.args, args)
  const read = Object.entries(options).map(([name, option]) => [
    name,
    valueOf(name, option, values.get(name)),
  ])
  return { options: Object.fromEntries(read) as Invocation['options'], args }
}

/** `--home DIR` and `--json` before the command mean the same as behind it. */
function splitLeading(argv: readonly string[]): {
  readonly leading: readonly string[]
  readonly rest: readonly string[]
} {
  let i = 0
  for (;;) {
    const word = argv[i] ?? ''
    if (word === '--json' || word.startsWith('--home=')) i += 1
    else if (word === '--home' && i + 1 < argv.length) i += 2
    else return { leading: argv.slice(0, i), rest: argv.slice(i) }
  }
}

function pathOf(tree: readonly (Command | CommandGroup)[], words: readonly string[]): readonly string[] {
  const [name, second] = words
  if (name === undefined || name.startsWith('-')) return []
  const found = tree.find((entry) => entry.name === name)
  if (found === undefined) throw unknownCommand(name, tree)
  if (!isGroup(found) || second === undefined || second.startsWith('-')) return [name]
  if (!found.commands.some((entry) => entry.name === second))
    throw unknownCommand(second, found.commands, name)
  return [name, second]
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return (end === -1 ? words : words.slice(0, end)).some((word) => word === '--help' || word === '-h')
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function readToken(token: OptionToken, option: Option, now: number): string | number | boolean {
  if (option.kind === 'flag') {
    if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`)
    return true
  }
  const { value } = token
  // `--out --json` forgot a value; `--out -` did not.
  const isForgotten =
    value === undefined || (token.inlineValue !== true && value.length > 1 && value.startsWith('-'))
  if (isForgotten)
    throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${option.value ?? 'VALUE'}`)
  return readValue(token.name, option, value, now)
}

function valueOf(
  name: string,
  option: Option,
  given: readonly (string | number | boolean)[] | undefined,
): unknown {
  if (option.kind === 'flag') return given !== undefined
  if (option.repeats === true) return given ?? []
  if (given === undefined && option.required !== undefined)
    throw new UsageError(`--${name} is missing: ${option.required}`)
  return given?.[0]
}

function assertArguments(declared: readonly Argument[], given: readonly string[]): void {
  const missing = declared[given.length]
  if (missing !== undefined && missing.isOptional === undefined) {
    throw new UsageError(`${missing.name} is missing: ${missing.summary}`)
  }
  const last = declared.at(-1)
  const surplus = given[declared.length]
  if (surplus !== undefined && last?.repeats === undefined) {
    throw new UsageError(`there is no place for ${JSON.stringify(surplus)} here`)
  }
  for (const [i, word] of given.entries()) {
    const choices = (declared[i] ?? last)?.choices
    if (choices !== undefined && !choices.includes(word))
      throw new UsageError(`expected ${choices.join(', ')}, got ${JSON.stringify(word)}`, {
        word,
        candidates: choices,
      })
  }
}

function unknownCommand(word: string, tree: readonly (Command | CommandGroup)[], group?: string): UsageError {
  const within = group === undefined ? '' : ` under ${group}`
  return new UsageError(`there is no command ${JSON.stringify(word)}${within}`, {
    word,
    candidates: tree.map((entry) => entry.name),
  })
}

function unknownOption(word: string, candidates: readonly string[]): UsageError {
  return new UsageError(`there is no option ${word}`, { word, candidates })
}
