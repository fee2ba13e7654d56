import type { Completable, CompletableCommand, Offer } from './completable.ts'

/** A script that completes in bash, from version 3.2 on. */
export function bashScript({ names, commands, leading }: Completable): string {
  const groups = names.filter(({ isGroup }) => isGroup).map(({ name }) => name)
  const home = leading.flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, value.offer] as const],
  )
  return `# Completion of intelmesh for bash. Made by: intelmesh completion bash

_intelmesh_offer() {
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}

_intelmesh_paths() {
  local line
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$1" -- "$cur")
}

_intelmesh() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path='' given=0 i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
      *' --home') ((i++)) ;;
      *' -'*) ;;
${groups.map((name) => `      ' ${name}') path=${name} ;;\n`).join('')}${groups.map((name) => `      '${name} '*) path="$path \${COMP_WORDS[i]}" ;;\n`).join('')}      ' '*) path=\${COMP_WORDS[i]} ;;
      *) ((given++)) ;;
    esac
  done
  case "$path" in
    '')
      case $prev in
${home.map(([name, offer]) => `        ${name}) ${offered(offer)}; return ;;\n`).join('')}      esac
      _intelmesh_offer '${[...names, ...leading].map(({ name }) => name).join(' ')}' ;;
${groups.map((group) => groupCase(group, commands)).join('')}${commands.map(commandCase).join('')}  esac
}

complete -F _intelmesh intelmesh
`
}

function groupCase(group: string, commands: readonly CompletableCommand[]): string {
  const words = commands
    .filter(({ path }) => path.length === 2 && path[0] === group)
    .map(({ path }) => path[1])
  return `    '${group}') _intelmesh_offer '${words.join(' ')} --help' ;;\n`
}

function commandCase({ path, options, args }: CompletableCommand): string {
  const values = options.flatMap(({ name, value }) =>
    value === undefined ? [] : [`        ${name}) ${offered(value.offer)}; return ;;\n`],
  )
  const places = args.map(({ offer, repeats }, i) => `        ${repeats ? '*' : i}) ${offered(offer)} ;;\n`)
  return [
    `    '${path.join(' ')}')\n`,
    ...(values.length === 0 ? [] : ['      case $prev in\n', ...values, '      esac\n']),
    `      [[ $cur == -* ]] && { _intelmesh_offer '${options.map(({ name }) => name).join(' ')}'; return; }\n`,
    ...(places.length === 0 ? [] : ['      case $given in\n', ...places, '      esac\n']),
    '      ;;\n',
  ].join('')
}

function offered(offer: Offer): string {
  if (offer.kind === 'words') return `_intelmesh_offer '${offer.words.join(' ')}'`
  return COMMANDS[offer.kind]
}

const COMMANDS = { files: '_intelmesh_paths -f', folders: '_intelmesh_paths -d', nothing: ':' } as const
