import { codeOf } from '@intelmesh/protocol'
import type { Command, CommandGroup, Outcome } from './command.ts'
import type { CommandContext } from './context.ts'
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts'
import { commandHelp, groupHelp, programHelp } from './help.ts'
import { printable } from './output/printable.ts'
import { styleOf } from './output/style.ts'
import { ownVersion } from './package-files.ts'
import { type CommandLine, findCommand, isGroup, lookUp, parseInvocation } from './parse-command-line.ts'
import { UsageError } from './usage-error.ts'

export type CommandTree = readonly (Command | CommandGroup)[]

/** Does what a command line asks, prints what came of it, and gives the exit code. Never throws. */
export async function runIntelmesh(
  tree: CommandTree,
  argv: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  // The demo's --json takes a file, and its words stay words.
  const wantsJson = argv.includes('--json') && argv[0] !== 'demo'
  let path = ''
  try {
    const line = findCommand(tree, argv)
    path = line.kind === 'run' ? line.path : ''
    const outcome = await obey(tree, line, context)
    print(outcome, wantsJson, context)
    return outcome.exit ?? EXIT.done
  } catch (error) {
    if (isAbort(error) && context.signal.aborted) return EXIT.failed
    await report(error, { path, wantsJson }, context)
    return exitCodeOf(error)
  }
}

async function obey(tree: CommandTree, line: CommandLine, context: CommandContext): Promise<Outcome> {
  if (line.kind === 'version') return { text: () => `intelmesh ${ownVersion()}\n` }
  if (line.kind === 'help') return { text: (style) => helpOf(tree, line.of, style) }
  return line.command.run(parseInvocation(line.command, line.words, context.now()), context)
}

function helpOf(
  tree: CommandTree,
  path: readonly string[],
  style: Parameters<typeof programHelp>[1],
): string {
  if (path.length === 0) return programHelp(tree, style)
  const found = lookUp(tree, path)
  return isGroup(found) ? groupHelp(found, style) : commandHelp(path.join(' '), found, style)
}

function print({ data, text }: Outcome, wantsJson: boolean, { terminal, environment }: CommandContext): void {
  if (wantsJson && data !== undefined) terminal.out.write(`${JSON.stringify(data, undefined, 2)}\n`)
  else if (text !== undefined) terminal.out.write(text(styleOf(terminal.out, environment)))
}

/** Says on standard error what went wrong and what to do. Where something comes from and its stack are for nobody here. */
async function report(
  error: unknown,
  { path, wantsJson }: { readonly path: string; readonly wantsJson: boolean },
  context: CommandContext,
): Promise<void> {
  const code = codeOf(error) ?? 'INTERNAL'
  const message = error instanceof Error ? error.message : String(error)
  const next = await nextStep(error, path, context)
  if (wantsJson) {
    const document = { error: { code, message, ...(next === '' ? {} : { next }) } }
    context.terminal.err.write(`${JSON.stringify(document)}\n`)
    return
  }
  const shown = code === 'USAGE' ? '' : ` (${code})`
  const lines = [`intelmesh: ${printable(message)}${shown}`, ...(next === '' ? [] : [next])]
  context.terminal.err.write(`${lines.join('\n')}\n`)
}

/** What to do after an error whose message does not say so itself. */
const NEXT_STEP: ReadonlyMap<string, string> = new Map(
  Object.entries({
    NODE_NOT_RUNNING: 'Start the node with `intelmesh run` and try again.',
    API_UNREACHABLE: 'Start the node with `intelmesh run` and try again.',
    API_UNAUTHORISED: 'Ask the owner of the node for a new token (`intelmesh token create`).',
    API_FORBIDDEN: 'Ask the owner of the node for a token that allows it (`intelmesh token create --scope`).',
    HOME_FORBIDDEN: 'Then set INTELMESH_API to the address and INTELMESH_TOKEN to the token.',
    HOME_MISSING: 'Join a cluster with `intelmesh join INVITE`, or found one with `intelmesh aco init`.',
    HOME_DAMAGED: '`intelmesh doctor` says more.',
    KEY_LOCKED: 'Give --passphrase-file FILE|-, or set INTELMESH_PASSPHRASE_FILE.',
    LABEL_NEEDS_CIRCLE: 'Only --tlp clear and --tlp green travel in this version.',
    RETRACTION_UNCONFIRMED: 'Give --yes if that is what you want.',
    FEED_OVERTAKEN: 'Another run over the same feed has begun since: let one job at a time publish a feed.',
    STORE_FULL: 'Make room on the disk and try again: nothing that was acknowledged is lost.',
    NOT_AN_ACO: 'Give the home of the ACO with --home.',
  }),
)

async function nextStep(error: unknown, path: string, context: CommandContext): Promise<string> {
  if (!(error instanceof UsageError)) return NEXT_STEP.get(codeOf(error) ?? '') ?? ''
  const help = `See intelmesh ${path === '' ? '' : `${path} `}--help`
  if (error.unknown === undefined) return help
  const { nearest } = await context.loadNode()
  const meant = nearest(error.unknown.word, error.unknown.candidates)
  return meant === undefined ? help : `Did you mean ${meant}? ${help}`
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
