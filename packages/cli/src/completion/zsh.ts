import type { Completable, CompletableCommand, CompletableOption, Offer } from './completable.ts'

/** A script that completes in zsh, by `source` or as a file `_intelmesh` of $fpath. */
export function zshScript({ names, commands, leading }: Completable): string {
  const groups = names.filter(({ isGroup }) => isGroup)
  const within = (group: string): readonly CompletableCommand[] =>
    commands.filter(({ path }) => path.length === 2 && path[0] === group)
  return `#compdef intelmesh
# Completion of intelmesh for zsh. Made by: intelmesh completion zsh

_intelmesh() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  local -a entries
  _arguments -C ${leading.map(optionSpec).join(' ')} '1: :->command' '*:: :->rest'
  case $state in
    command)
      entries=(${names.map(entry).join(' ')})
      _describe command entries
      ;;
    rest)
      case $words[1] in
${groups.map(({ name }) => `        ${name}) _intelmesh_${name} ;;\n`).join('')}${commands
    .filter(({ path }) => path.length === 1)
    .map(commandCase)
    .join('')}      esac
      ;;
  esac
}
${groups.map(({ name }) => groupFunction(name, within(name))).join('')}
if [[ $funcstack[1] == _intelmesh ]]; then
  _intelmesh "$@"
else
  compdef _intelmesh intelmesh
fi
`
}

function groupFunction(group: string, commands: readonly CompletableCommand[]): string {
  const entries = commands.map(({ path, summary }) => entry({ name: path[1] ?? '', summary }))
  return `
_intelmesh_${group}() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  local -a entries
  _arguments -C '--help[print this help]' '1: :->command' '*:: :->rest'
  case $state in
    command)
      entries=(${entries.join(' ')})
      _describe command entries
      ;;
    rest)
      case $words[1] in
${commands.map(commandCase).join('')}      esac
      ;;
  esac
}
`
}

function commandCase({ path, options, args }: CompletableCommand): string {
  const places = args.map(
    ({ title, repeats, offer }, i) => `'${repeats ? '*' : i + 1}:${escaped(title)}:${offered(offer)}'`,
  )
  return `        ${path.at(-1)}) _arguments ${[...options.map(optionSpec), ...places].join(' ')} ;;\n`
}

function entry({ name, summary }: { readonly name: string; readonly summary: string }): string {
  return `'${name}:${escaped(summary)}'`
}

/** One that was given is not offered again, unless it repeats. */
function optionSpec({ name, summary, repeats, value }: CompletableOption): string {
  const taken = value === undefined ? '' : `:${escaped(value.title)}:${offered(value.offer)}`
  return `'${repeats ? '*' : ''}${name}[${escaped(summary)}]${taken}'`
}

function offered(offer: Offer): string {
  if (offer.kind === 'words') return `(${offer.words.join(' ')})`
  return COMMANDS[offer.kind]
}

const COMMANDS = { files: '_files', folders: '_files -/', nothing: ' ' } as const

/** For use between single quotes, in a specification whose brackets and colons mean something. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, '\\$&').replaceAll("'", "'\\''")
}
