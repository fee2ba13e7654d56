import { TLP_LABELS } from '@intelmesh/protocol'
import type { Argument, Command, CommandGroup, Option } from '../command.ts'
import { HOME_OPTION, JSON_OPTION } from '../home-options.ts'
import { isGroup, optionsOf } from '../parse-command-line.ts'

/** What may stand in a place of a command line, as far as a shell can offer it. */
export type Offer =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files' | 'folders' | 'nothing' }

export interface CompletableOption {
  /** With its dashes. */
  readonly name: string
  readonly summary: string
  /** May be given more than once. */
  readonly repeats: boolean
  /** Absent for flags. */
  readonly value?: { readonly title: string; readonly offer: Offer }
}

/** A command, and what can follow it. */
export interface CompletableCommand {
  /** One word, or group and command. */
  readonly path: readonly string[]
  readonly summary: string
  readonly options: readonly CompletableOption[]
  readonly args: readonly { readonly title: string; readonly repeats: boolean; readonly offer: Offer }[]
}

/** All that a shell has to know of the command line, out of the declarations of the commands. */
export interface Completable {
  /** First words, with groups among them. */
  readonly names: readonly { readonly name: string; readonly summary: string; readonly isGroup: boolean }[]
  readonly commands: readonly CompletableCommand[]
  /** What may stand before the command. */
  readonly leading: readonly CompletableOption[]
}

/** @param tree groups and commands in the order in which help lists them */
export function completableOf(tree: readonly (Command | CommandGroup)[]): Completable {
  return {
    names: tree.map((entry) => ({ name: entry.name, summary: entry.summary, isGroup: isGroup(entry) })),
    commands: tree.flatMap((entry) =>
      isGroup(entry)
        ? entry.commands.map((command) => commandAt([entry.name, command.name], command))
        : [commandAt([entry.name], entry)],
    ),
    leading: optionsIn({
      home: HOME_OPTION,
      json: JSON_OPTION,
      help: { kind: 'flag', summary: 'print help' },
      version: { kind: 'flag', summary: 'print the version' },
    }),
  }
}

function commandAt(path: readonly string[], command: Command): CompletableCommand {
  return {
    path,
    summary: command.summary,
    options: optionsIn(optionsOf(command)),
    args: command.args.map((argument) => ({
      title: argument.name,
      repeats: argument.repeats === true,
      offer: offerFor(argument.name, argument),
    })),
  }
}

function optionsIn(options: Readonly<Record<string, Option>>): readonly CompletableOption[] {
  return Object.entries(options).map(([name, option]) => ({
    name: `--${name}`,
    summary: option.summary,
    repeats: option.repeats === true,
    ...(option.kind !== 'flag' && {
      value: {
        title: option.value ?? name.toUpperCase(),
        offer: option.kind === 'tlp' ? LABELS : offerFor(option.value ?? '', option),
      },
    }),
  }))
}

const LABELS: Offer = { kind: 'words', words: TLP_LABELS }

/** What a value is follows from how the help calls it. */
function offerFor(title: string, { choices }: Pick<Option & Argument, 'choices'>): Offer {
  if (choices !== undefined) return { kind: 'words', words: choices }
  if (/^(FILE|PATH)/.test(title)) return { kind: 'files' }
  if (/^(DIR|FOLDER)/.test(title)) return { kind: 'folders' }
  return { kind: 'nothing' }
}
