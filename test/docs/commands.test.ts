import { expect, it, test } from 'vitest'
import { commands } from '../../packages/cli/src/commands/index.ts'
import { findCommand, parseInvocation } from '../../packages/cli/src/parse-command-line.ts'
import { allPages, blocksOf } from './pages.ts'

const NOW = Date.parse('2030-01-01T00:00:00Z')

const lines = allPages().flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.split('\n'))
    .flatMap(intelmeshIn)
    .map((words) => [page.path, words.join(' '), words] as const),
)

it('finds what the guides tell people to type', () => {
  expect(lines.length).toBeGreaterThan(40)
})

test.for(lines)('%s: intelmesh %s is taken', ([, , words]) => {
  const found = findCommand(commands, words)
  if (found.kind === 'run') parseInvocation(found.command, found.words, NOW)
})

test.for(['intelmesh publish report.json', './intelmesh lookop 192.0.2.1', 'intelmesh join'])(
  '%s would not be',
  (line) => {
    const [words = []] = intelmeshIn(line)
    expect(() => {
      const found = findCommand(commands, words)
      if (found.kind === 'run') parseInvocation(found.command, found.words, NOW)
    }).toThrow()
  },
)

/** The words after each `intelmesh` in a line of shell. Quotes are read, pipes and comments end a command. */
function intelmeshIn(line: string): readonly (readonly string[])[] {
  return split(line)
    .filter(([name]) => name === 'intelmesh' || name === './intelmesh')
    .map(([, ...words]) => words)
}

function split(line: string): readonly (readonly string[])[] {
  const commandsInLine: string[][] = [[]]
  for (const [word] of line.matchAll(/'[^']*'|"[^"]*"|[|;&]+|#.*|[<>]+\s*\S+|[^\s|;&<>'"]+/g)) {
    if (/^[|;&]/.test(word)) commandsInLine.push([])
    else if (!/^[#<>]/.test(word)) commandsInLine.at(-1)?.push(word.replaceAll(/^['"]|['"]$/g, ''))
  }
  return commandsInLine
}
