import { describe, expect, it, test } from 'vitest'
import { type Command, defineCommand } from './command.ts'
import { findCommand, parseInvocation } from './parse-command-line.ts'
import { NOW } from './testing/test-context.ts'

const send: Command = defineCommand({
  name: 'send',
  summary: 'send files',
  args: [
    { name: 'FILE', summary: 'what to send' },
    { name: 'MORE', summary: 'more of it', isOptional: true, repeats: true },
  ],
  options: {
    tlp: { kind: 'tlp', value: 'L', summary: 'label', required: 'say how far' },
    days: { kind: 'whole', summary: 'days' },
    to: { kind: 'text', value: 'WHO', summary: 'whom', repeats: true },
    how: { kind: 'choice', choices: ['fast', 'slow'], summary: 'how' },
    until: { kind: 'ahead', summary: 'until' },
    since: { kind: 'ago', summary: 'since' },
    loud: { kind: 'flag', summary: 'loudly' },
  },
  examples: [],
  run: () => Promise.resolve({}),
})
const tree = [send, { name: 'group', summary: 'a group', commands: [send] }]

function parse(...words: string[]) {
  return parseInvocation(send, words, NOW)
}

function fault(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

describe(findCommand, () => {
  test.for([
    [[], { kind: 'help', of: [] }],
    [['--help'], { kind: 'help', of: [] }],
    [['help', 'send'], { kind: 'help', of: ['send'] }],
    [['help', 'group', 'send'], { kind: 'help', of: ['group', 'send'] }],
    [['send', 'x', '--help'], { kind: 'help', of: ['send'] }],
    [['group'], { kind: 'help', of: ['group'] }],
    [['group', '--help'], { kind: 'help', of: ['group'] }],
    [['--version'], { kind: 'version' }],
    [['send', 'x', '-h'], { kind: 'help', of: ['send'] }],
  ] as const)('%j', ([argv, line]) => {
    expect(findCommand(tree, argv)).toEqual(line)
  })

  it('takes --home and --json before the command', () => {
    const words = ['--home', 'h', '--json', 'send', 'x']
    expect(findCommand(tree, words)).toMatchObject({
      kind: 'run',
      path: 'send',
      words: ['--home', 'h', '--json', 'x'],
    })
    expect(findCommand(tree, ['--home=h', 'group', 'send'])).toMatchObject({
      path: 'group send',
      words: ['--home=h'],
    })
  })

  it('does not take --help behind -- for a question', () => {
    expect(findCommand(tree, ['send', '--', '--help'])).toMatchObject({
      kind: 'run',
      words: ['--', '--help'],
    })
  })

  test.for([
    [['sned']],
    [['group', 'sned']],
    [['--hoem', 'x']],
    [['help', 'sned']],
    [['__proto__']],
  ] as const)('refuses %j, knowing what there is', ([argv]) => {
    expect(fault(() => findCommand(tree, argv))).toMatchObject({
      code: 'USAGE',
      unknown: { word: argv.at(-1) === 'x' ? '--hoem' : argv.at(-1) },
    })
  })
})

describe(parseInvocation, () => {
  it('reads every kind of option, and arguments between them', () => {
    const words =
      'a --tlp TLP:Amber+Strict b --days 7 --to x --to=-y --how fast --until 2d --since 2029-12-31 --loud c'.split(
        ' ',
      )
    expect(parse(...words)).toEqual({
      options: {
        tlp: 'amber+strict',
        days: 7,
        to: ['x', '-y'],
        how: 'fast',
        until: '2030-01-03T00:00:00.000Z',
        since: '2029-12-31T00:00:00.000Z',
        loud: true,
        help: false,
      },
      args: ['a', 'b', 'c'],
    })
  })

  it('has nothing for what was not given', () => {
    const { options } = parse('a', '--tlp', 'clear')
    expect(options).toEqual({ tlp: 'clear', to: [], loud: false, help: false })
  })

  it('takes - for a value and for an argument, and anything behind --', () => {
    expect(parse('-', '--to', '-', '--tlp', 'red', '--', '--loud').args).toEqual(['-', '--loud'])
  })

  test.for([
    ['no argument', ['--tlp', 'red']],
    ['no required option', ['a']],
    ['an unknown option', ['a', '--tlp', 'red', '--lod']],
    ['an unknown short option', ['a', '--tlp', 'red', '-x']],
    ['names of the prototype', ['a', '--tlp', 'red', '--constructor', 'x']],
    ['an option without value', ['a', '--tlp']],
    ['an option whose value is the next option', ['a', '--tlp', '--loud']],
    ['an empty value', ['a', '--tlp', 'red', '--to', '']],
    ['a flag with value', ['a', '--tlp', 'red', '--loud=yes']],
    ['an option twice', ['a', '--tlp', 'red', '--tlp', 'clear']],
    ['another label', ['a', '--tlp', 'white']],
    ['no whole number', ['a', '--tlp', 'red', '--days', '1.5']],
    ['another choice', ['a', '--tlp', 'red', '--how', 'medium']],
    ['no instant', ['a', '--tlp', 'red', '--until', 'tomorrow']],
  ] as const)('refuses %s', ([, words]) => {
    expect(fault(() => parse(...words))).toMatchObject({ code: 'USAGE' })
  })
})
