import type { Completable, CompletableCommand, CompletableOption, Offer } from './completable.ts'

/** A script that completes in fish, from version 3.1 on. */
export function fishScript({ names, commands, leading }: Completable): string {
  return `# Completion of intelmesh for fish. Made by: intelmesh completion fish

# The words before the cursor that are no options.
function __intelmesh_words
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
            continue
        end
        switch $word
            case --home
                set skip yes
            case '-*'
            case '*'
                echo $word
        end
    end
end

function __intelmesh_at
    set -l words (__intelmesh_words)
    test "$words" = "$argv"
end

function __intelmesh_under
    set -l words (__intelmesh_words)
    test (count $words) -ge (count $argv); or return 1
    set -l first $words[1..(count $argv)]
    test "$first" = "$argv"
end

complete -c intelmesh -f
${names.map(({ name, summary }) => line('__intelmesh_at', `-a ${name} -d ${quoted(summary)}`)).join('')}${leading.map((option) => optionLine('__intelmesh_at', option)).join('')}${commands.map(commandLines).join('')}`
}

function commandLines({ path, summary, options, args }: CompletableCommand): string {
  const under = `__intelmesh_under ${path.join(' ')}`
  const [group, name] = path
  return [
    ...(name === undefined ? [] : [line(`__intelmesh_at ${group}`, `-a ${name} -d ${quoted(summary)}`)]),
    ...options.map((option) => optionLine(under, option)),
    ...args.filter(({ offer }) => offer.kind !== 'nothing').map(({ offer }) => line(under, offered(offer))),
  ].join('')
}

function optionLine(condition: string, { name, summary, value }: CompletableOption): string {
  const taken = value === undefined ? '' : ` -r ${offered(value.offer)}`
  return line(condition, `-l ${name.slice(2)}${taken} -d ${quoted(summary)}`)
}

function line(condition: string, rest: string): string {
  return `complete -c intelmesh -n '${condition}' ${rest}\n`
}

function offered(offer: Offer): string {
  if (offer.kind === 'words') return `-f -a '${offer.words.join(' ')}'`
  return COMMANDS[offer.kind]
}

const COMMANDS = { files: '-F', folders: "-f -a '(__fish_complete_directories)'", nothing: '-f' } as const

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
