import type { TlpLabel } from '@intelmesh/protocol'
import type { CommandContext } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Style } from './output/style.ts'

/** What kind of text follows an option, and what it is read as. */
export type OptionKind = 'flag' | 'text' | 'whole' | 'tlp' | 'choice' | 'ahead' | 'ago'

/** One option. The same declaration parses, helps, and writes the manual. */
export interface Option {
  /** `ahead` and `ago` read instants: absolute, or a time from now or before now. */
  readonly kind: OptionKind
  readonly summary: string
  /** How the help calls the value. */
  readonly value?: string
  /** Why the option must be there, said to who leaves it out. */
  readonly required?: string
  readonly repeats?: true
  readonly choices?: readonly string[]
}

export type Options = Readonly<Record<string, Option>>

/** One argument by place. */
export interface Argument {
  readonly name: string
  readonly summary: string
  readonly isOptional?: true
  readonly repeats?: true
  /** Nothing else is taken. */
  readonly choices?: readonly string[]
}

/** A line that a person can type, and what it does. */
export interface Example {
  readonly line: string
  readonly about: string
}

/** What a command was asked: options by name, as their kind is read; arguments in order. */
export interface Invocation<O extends Options = Options> {
  readonly options: Values<O>
  readonly args: readonly string[]
}

/** What a command came to. `main` prints it: `data` with `--json`, else `text`. */
export interface Outcome {
  readonly data?: unknown
  readonly text?: (style: Style) => string
  /** @default 0 */
  readonly exit?: ExitCode
}

/** A verb and everything there is to know about it. */
export interface CommandDeclaration<O extends Options> {
  readonly name: string
  readonly summary: string
  /** Paragraphs after the summary. */
  readonly about?: readonly string[]
  readonly args: readonly Argument[]
  readonly options: O
  readonly examples: readonly Example[]
  run(invocation: Invocation<O>, context: CommandContext): Promise<Outcome>
}

/** A command whose option types only it knows. */
export interface Command extends Omit<CommandDeclaration<Options>, 'run'> {
  run(invocation: Invocation, context: CommandContext): Promise<Outcome>
}

/** Commands under one word. */
export interface CommandGroup {
  readonly name: string
  readonly summary: string
  readonly commands: readonly Command[]
}

/** Ties the types of the options to what `run` gets. */
export function defineCommand<const O extends Options>(declaration: CommandDeclaration<O>): Command {
  return declaration as unknown as Command
}

type Single<O extends Option> = O extends { readonly choices: readonly (infer C)[] }
  ? C
  : O extends { readonly kind: 'whole' }
    ? number
    : O extends { readonly kind: 'tlp' }
      ? TlpLabel
      : string

type Value<O extends Option> = O extends { readonly kind: 'flag' }
  ? boolean
  : O extends { readonly repeats: true }
    ? readonly Single<O>[]
    : O extends { readonly required: string }
      ? Single<O>
      : Single<O> | undefined

/** Flags that were not given are false, repeated options that were not given are empty lists. */
export type Values<O extends Options> = { readonly [K in keyof O]: Value<O[K]> }
