import type { Argument, Command, CommandGroup, Option } from './command.ts'
import { EXIT_MEANINGS } from './exit-codes.ts'
import { displayWidth } from './output/display-width.ts'
import { paint, type Style } from './output/style.ts'
import { isGroup, optionsOf } from './parse-command-line.ts'

/** The help of the whole program. */
export function programHelp(tree: readonly (Command | CommandGroup)[], style: Style): string {
  const rows = tree.flatMap((entry): Row[] =>
    isGroup(entry)
      ? entry.commands.map((command) => [`${entry.name} ${command.name}`, command.summary])
      : [[entry.name, entry.summary]],
  )
  const exits = Object.entries(EXIT_MEANINGS).map(([code, meaning]): Row => [code, meaning])
  return [
    'Usage: intelmesh [--home DIR] COMMAND …\n',
    section('Commands', rows, style),
    section('Exit codes', exits, style),
    'intelmesh COMMAND --help says more about each, with examples.\n',
  ].join('\n')
}

/** The help of a group of commands. */
export function groupHelp(group: CommandGroup, style: Style): string {
  const rows = group.commands.map((command): Row => [command.name, command.summary])
  return `${wrap(`${sentence(group.summary)}`, 0, style)}\n\nUsage: intelmesh ${group.name} COMMAND …\n\n${section('Commands', rows, style)}`
}

/** The help of one command. @param path such as `aco invite` */
export function commandHelp(path: string, command: Command, style: Style): string {
  const paragraphs = [sentence(command.summary), ...(command.about ?? [])].map(
    (text) => `${wrap(text, 0, style)}\n`,
  )
  const args = command.args.map((argument): Row => [argument.name, argument.summary])
  const options = Object.entries(optionsOf(command)).map(([name, option]): Row => [
    optionTitle(name, option),
    optionText(option),
  ])
  const examples = command.examples.map(
    ({ line, about }) => `  ${wrap(about, 2, style)}\n    ${paint(style, 'cyan', line)}\n`,
  )
  return [
    ...paragraphs,
    `Usage: ${usageOf(path, command)}\n`,
    ...(args.length === 0 ? [] : [section('Arguments', args, style)]),
    section('Options', options, style),
    `${paint(style, 'bold', 'Examples')}\n${examples.join('')}`,
  ].join('\n')
}

/** One line: the command with its arguments and the options it cannot do without. */
export function usageOf(path: string, command: Command): string {
  const required = Object.entries(command.options)
    .filter(([, option]) => option.required !== undefined)
    .map(([name, option]) => `--${optionTitle(name, option).slice(2)}`)
  return ['intelmesh', path, ...command.args.map(argumentTitle), ...required, '[options]'].join(' ')
}

/** `--listen ADDR…` */
export function optionTitle(name: string, option: Option): string {
  if (option.kind === 'flag') return `--${name}`
  return `--${name} ${option.value ?? name.toUpperCase()}${option.repeats === true ? '…' : ''}`
}

/** What an option does, and which values it takes. */
export function optionText(option: Option): string {
  const choices = option.choices === undefined ? '' : `: ${option.choices.join(', ')}`
  return `${option.summary}${choices}`
}

function argumentTitle({ name, isOptional, repeats }: Argument): string {
  const title = repeats === true ? `${name}…` : name
  return isOptional === true ? `[${title}]` : title
}

type Row = readonly [string, string]

/** Titles longer than this take a line of their own, so that the texts beside them keep their place. */
const MAX_TITLE = 28
const MAX_WIDTH = 100

function section(title: string, rows: readonly Row[], style: Style): string {
  const width = Math.min(MAX_TITLE, Math.max(...rows.map(([name]) => displayWidth(name))))
  const lines = rows.map(([name, text]) => {
    const indent = width + 4
    const gap =
      displayWidth(name) > width ? `\n${' '.repeat(indent)}` : ' '.repeat(width - displayWidth(name) + 2)
    return `  ${name}${gap}${wrap(text, indent, style)}\n`
  })
  return `${paint(style, 'bold', title)}\n${lines.join('')}`
}

/** Breaks text between words; lines after the first are indented. */
function wrap(text: string, indent: number, style: Style): string {
  const room = Math.max(20, Math.min(style.width ?? MAX_WIDTH, MAX_WIDTH) - indent)
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && displayWidth(line) + 1 + displayWidth(word) <= room)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}

function sentence(summary: string): string {
  return `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`
}
