import type { Command, CommandGroup } from '../command.ts'
import { EXIT_MEANINGS } from '../exit-codes.ts'
import { optionText, optionTitle, usageOf } from '../help.ts'
import { isGroup, optionsOf } from '../parse-command-line.ts'

/** A page of section 1. */
export interface ManPage {
  /** Such as `intelmesh-aco-init.1`. */
  readonly file: string
  /** For man(7) macros. */
  readonly text: string
}

/** The manual as pages for `man`, out of the declarations of the commands: one for the program, and one for each command. */
export function manPages(tree: readonly (Command | CommandGroup)[], version: string): readonly ManPage[] {
  const entries = tree.flatMap((entry) =>
    isGroup(entry)
      ? entry.commands.map((command) => ({ path: `${entry.name} ${command.name}`, command }))
      : [{ path: entry.name, command: entry }],
  )
  const titled = (path: string, sections: readonly string[]): ManPage => {
    const name = ['intelmesh', ...path.split(' ')].filter((word) => word !== '').join('-')
    const title = `.TH ${name.toUpperCase()} 1 "" "intelmesh ${version}" "Intelmesh"\n`
    return { file: `${name}.1`, text: [ORIGIN, title, ...sections].join('') }
  }
  return [
    titled('', programSections(entries)),
    ...entries.map(({ path, command }) => titled(path, commandSections(path, command))),
  ]
}

interface Entry {
  readonly path: string
  readonly command: Command
}

const ORIGIN = '.\\" Made from the declarations of the commands. Do not edit.\n'

function programSections(entries: readonly Entry[]): readonly string[] {
  return [
    section('NAME', 'intelmesh \\- share threat intelligence without a hub\n'),
    section('SYNOPSIS', '.B intelmesh\n[\\-\\-home DIR] COMMAND \\&...\n'),
    section(
      'DESCRIPTION',
      paragraph(
        'A home is the folder of one node: its keys, certificates, store and settings. One process at a time owns it. While `intelmesh run` does, other commands talk to it; otherwise they open the home themselves.',
      ),
    ),
    section(
      'COMMANDS',
      entries.map(({ path, command }) => item(path, `${sentence(command.summary)}`)).join(''),
    ),
    section(
      'EXIT STATUS',
      Object.entries(EXIT_MEANINGS)
        .map(([code, meaning]) => item(code, meaning))
        .join(''),
    ),
    section('ENVIRONMENT', ENVIRONMENT.map(([name, about]) => item(name, about)).join('')),
    section('FILES', FILES.map(([name, about]) => item(name, about)).join('')),
    section('SEE ALSO', seeAlso(entries.map(({ path }) => path))),
  ]
}

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['INTELMESH_HOME', 'The home, where no option names one.'],
  ['INTELMESH_PASSPHRASE_FILE', 'A file whose first line is the passphrase of the key.'],
  ['INTELMESH_API, INTELMESH_TOKEN', 'The address of a node elsewhere, and the token to show it.'],
  ['NO_COLOR, FORCE_COLOR', 'Never, or always, use colours.'],
]

const FILES: readonly (readonly [string, string])[] = [
  ['~/.intelmesh', 'The home, where nothing else names one.'],
  ['HOME/intelmesh.toml', 'Settings.'],
]

function commandSections(path: string, command: Command): readonly string[] {
  const options = Object.entries(optionsOf(command))
  const examples = command.examples.map(
    ({ line, about }) => `${paragraph(about)}.PP\n.RS 4\n.EX\n${escaped(line)}\n.EE\n.RE\n`,
  )
  return [
    section('NAME', `${escaped(`intelmesh-${path.replaceAll(' ', '-')}`)} \\- ${escaped(command.summary)}\n`),
    section('SYNOPSIS', `.B ${escaped(usageOf(path, command))}\n`),
    section('DESCRIPTION', [sentence(command.summary), ...(command.about ?? [])].map(paragraph).join('')),
    ...(command.args.length === 0
      ? []
      : [section('ARGUMENTS', command.args.map(({ name, summary }) => item(name, summary)).join(''))]),
    section(
      'OPTIONS',
      options.map(([name, option]) => item(optionTitle(name, option), optionText(option))).join(''),
    ),
    section('EXAMPLES', examples.join('')),
    section('SEE ALSO', seeAlso([''])),
  ]
}

function section(title: string, body: string): string {
  return `.SH ${title}\n${body}`
}

function paragraph(text: string): string {
  return `.PP\n${escaped(text)}\n`
}

function item(title: string, text: string): string {
  return `.TP\n.B ${escaped(title)}\n${escaped(text)}\n`
}

function seeAlso(paths: readonly string[]): string {
  const names = paths.map((path) => escaped(`intelmesh${path === '' ? '' : '-'}${path.replaceAll(' ', '-')}`))
  return names.map((name, i) => `.BR ${name} (1)${i === names.length - 1 ? '' : ','}\n`).join('')
}

function sentence(summary: string): string {
  return `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`
}

/** Characters that roff would read otherwise. @see groff_char(7) */
const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\[rs]',
  '-': '\\-',
  "'": '\\(aq',
  '"': '\\(dq',
  '^': '\\(ha',
  '~': '\\(ti',
}

/** Text as roff shows it, with what stands between backticks in bold. A line never begins with what roff takes for a request. */
function escaped(text: string): string {
  const plain = text
    .replaceAll(/[\\\-'"^~]/g, (sign) => SPECIAL[sign] ?? sign)
    .replaceAll(
      /[^\n -~]/gu,
      (sign) => `\\[u${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replaceAll(/`([^`]*)`/g, '\\fB$1\\fR')
  return plain.startsWith('.') ? `\\&${plain}` : plain
}
