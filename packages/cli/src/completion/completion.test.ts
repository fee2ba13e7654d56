import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { commands } from '../commands/index.ts'
import { runTest } from '../testing/test-context.ts'
import { completionScript, type Shell, SHELLS } from './completion-script.ts'

/** Shells are not on every machine; what needs one that is missing is skipped aloud. */
const HERE: Readonly<Record<Shell, boolean>> = {
  bash: isHere('bash'),
  zsh: isHere('zsh'),
  fish: isHere('fish'),
}

/** Words before the cursor, the word at it, and what must be among the offers and what must not. */
const CASES: readonly (readonly [readonly string[], string, readonly string[], readonly string[]])[] = [
  [[], '', ['run', 'publish', 'aco', 'completion'], ['init', 'FILE']],
  [[], 'pub', ['publish'], ['run']],
  [['aco'], '', ['init', 'invite', 'revoke'], ['run']],
  [['aco'], 'inv', ['invite'], ['init']],
  [['aco', 'invite'], '--ki', ['--kind'], ['--org']],
  [['aco', 'invite', '--kind'], '', ['member', 'partner'], ['init']],
  [['publish', '--tlp'], '', ['clear', 'green'], ['publish']],
  [['publish', '--tlp'], 'amb', ['amber', 'amber+strict'], ['green']],
  [['--home', 'aco', 'publish'], '--tl', ['--tlp'], []],
  [['--json'], 'stat', ['status'], []],
  [['completion'], '', ['bash', 'zsh', 'fish'], []],
  [['publish'], 'here', ['here file.txt', 'here'], []],
  [['export', '--out'], 'here', ['here file.txt'], []],
  [['status', '--home'], 'here', ['here'], ['here file.txt']],
  [['status'], 'here', [], ['here file.txt']],
]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'completion-'))
  await writeFile(join(folder, 'here file.txt'), '')
  await promisify(execFile)('mkdir', [join(folder, 'here')])
  await Promise.all(SHELLS.map((shell) => writeFile(join(folder, shell), completionScript(shell, commands))))
})
afterAll(() => rm(folder, { recursive: true }))

describe(completionScript, () => {
  test.for(CASES)(
    'in bash, after %j and at %j',
    { skip: !HERE.bash },
    async ([before, word, there, absent]) => {
      const offers = await offersOf('bash', BASH, ['intelmesh', ...before, word])
      expect(offers).toEqual(expect.arrayContaining([...there]))
      expect(offers.filter((offer) => absent.includes(offer))).toEqual([])
    },
  )

  test.for(CASES)(
    'in fish, after %j and at %j',
    { skip: !HERE.fish },
    async ([before, word, there, absent]) => {
      const offers = (await offersOf('fish', FISH, [['intelmesh', ...before, word].join(' ')])).map(bare)
      expect(offers).toEqual(expect.arrayContaining([...there]))
      expect(offers.filter((offer) => absent.includes(offer))).toEqual([])
    },
  )

  it.skipIf(!HERE.zsh)('is registered in zsh', async () => {
    const { stdout, stderr } = await promisify(execFile)('zsh', ['-f', '-c', ZSH, 'zsh', join(folder, 'zsh')])
    expect({ stdout, stderr }).toEqual({ stdout: '_intelmesh\n', stderr: '' })
  })

  for (const shell of SHELLS)
    it.skipIf(!HERE[shell])(`is what ${shell} takes for a script`, async () => {
      await promisify(execFile)(shell, ['-n', join(folder, shell)])
    })

  test.for(SHELLS)('names every command and option to %s', (shell) => {
    const script = completionScript(shell, commands)
    const names = commands.flatMap((entry) =>
      'commands' in entry ? entry.commands.flatMap(namesOf) : namesOf(entry),
    )
    expect(names.filter((name) => !script.includes(name))).toEqual([])
  })

  it('is what the command prints, for a shell that it knows', async () => {
    expect((await runTest(['completion', 'zsh'])).out).toBe(completionScript('zsh', commands))
    expect(await runTest(['completion', 'fsh'])).toMatchObject({ exit: 2, out: '' })
  })
})

const BASH = `
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"
_intelmesh
printf '%s\\n' "\${COMPREPLY[@]}"
`
const FISH = 'source $argv[1]; complete -C "$argv[2]"'
const ZSH = 'autoload -U compinit; compinit -D -u; source $1; print $_comps[intelmesh]'

async function offersOf(
  shell: 'bash' | 'fish',
  program: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const script = join(folder, shell)
  const words =
    shell === 'bash' ? ['--norc', '-c', program, 'bash', script] : ['--no-config', '-c', program, script]
  const { stdout } = await promisify(execFile)(shell, [...words, ...args], { cwd: folder })
  return stdout.split('\n').filter((line) => line !== '')
}

/** fish says what each offer is about, quotes blanks and ends folders with a stroke. */
function bare(offer: string): string {
  return (offer.split('\t')[0] ?? '').replaceAll('\\ ', ' ').replace(/\/$/, '')
}

function namesOf(command: { readonly name: string; readonly options: object }): readonly string[] {
  return [command.name, ...Object.keys(command.options)]
}

function isHere(shell: Shell): boolean {
  const found = spawnSync(shell, ['--version']).status === 0
  if (!found) console.warn(`SKIPPED: there is no ${shell} on this machine`)
  return found
}
