import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type Machine, mayMakeMachines, startLan } from '../support/machines.ts'
import { readPage, ROOT } from './pages.ts'

/** A block of a guide, and how it is to be done: what the comment above it says. */
interface Deed {
  readonly how: string
  readonly language: string
  readonly code: string
}

const BANKS = ['bank-a', 'bank-b'] as const

describe.skipIf(!mayMakeMachines())('the first hour, on three machines (needs network namespaces)', () => {
  it('leads from nothing to a working cluster, word by word', { timeout: 240_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'first-hour-'))
    await using cleaning = new AsyncDisposableStack()
    cleaning.defer(() => rm(folder, { recursive: true, force: true }))
    const lan = cleaning.use(
      await startLan([
        ['aco', 'aco.finance.example'],
        ['bank-a', 'mesh.bank-a.example'],
        ['bank-b', 'mesh.bank-b.example'],
      ]),
    )
    const [aco, ...banks] = lan.machines as [Machine, Machine, Machine]
    const folderOf = ({ name }: Machine): string => join(folder, name)
    for (const machine of lan.machines) await mkdir(folderOf(machine))

    const founding = firstHourOf('docs/guide/aco.md')
    for (const deed of founding.filter(({ how }) => how !== 'after members')) await does(aco, deed)
    for (const bank of banks)
      await copyFile(join(folderOf(aco), `${bank.name}.invite`), join(folderOf(bank), `${bank.name}.invite`))
    for (const deed of firstHourOf('docs/guide/member.md')) {
      for (const bank of banks) await does(bank, as(deed, bank.name))
      if (deed.code.includes('lookup')) for (const bank of banks) await knows(bank, ['Bank A', 'Bank B'])
      if (deed.code.includes('inbox'))
        for (const bank of banks)
          await eventually(async () => expect((await ask(bank, 'intelmesh inbox')).out).toContain('red team'))
    }
    for (const bank of banks) await knows(bank, [])
    for (const deed of founding.filter(({ how }) => how === 'after members')) await does(aco, deed)
    expect((await ask(aco, 'intelmesh peers')).out).toMatch(/Bank A[^]*Bank B|Bank B[^]*Bank A/)

    async function does(machine: Machine, { how, language, code }: Deed): Promise<void> {
      const [verb, word = ''] = how.split(' ')
      if (verb === 'settings') return fillSection(word.replace('~', folderOf(machine)), code)
      if (language !== 'sh') return
      if (verb === 'stays') return machine.start(code, { ...placeOf(machine), ready: 'API at' })
      // The export is for a shell that stays; each block here has one of its own.
      const script = code.replace('export PATH="$PWD:$PATH"\n', '')
      const { exit, out } = await machine.run(script, placeOf(machine))
      expect(exit, `${machine.name}: ${code}\n${out}`).toBe(verb === 'exits' ? Number(word) : 0)
    }

    async function knows(machine: Machine, names: readonly string[]): Promise<void> {
      await eventually(async () => {
        const { exit, out } = await ask(machine, 'intelmesh lookup evil.example')
        for (const name of names) expect(out).toContain(name)
        expect(exit, out).toBe(names.length === 0 ? 3 : 0)
      })
    }

    function ask(machine: Machine, line: string) {
      return machine.run(line, placeOf(machine))
    }

    function placeOf(machine: Machine) {
      return { folder: folderOf(machine), environment: { PATH: `${ROOT}:${process.env['PATH']}` } }
    }
  })
})

/** The blocks of the section "The first hour", in order. */
function firstHourOf(path: string): readonly Deed[] {
  const [, section = ''] = /^## The first hour\n(.*?)^## /ms.exec(readPage(path).text) ?? []
  const blocks = section.matchAll(/(?:^<!-- (.*?) -->\n)?^```(\w*)\n(.*?)^```$/gms)
  return [...blocks].map(([, how = '', language = '', code = '']) => ({ how, language, code }))
}

/** What another bank does where the guide speaks of Bank A. */
function as({ code, ...deed }: Deed, name: string): Deed {
  return { ...deed, code: code.replaceAll(BANKS[0], name) }
}

/** Puts settings under the heading that they begin with, as a person does with an editor. */
async function fillSection(path: string, settings: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  const [heading = ''] = settings.split('\n')
  expect(text.split('\n')).toContain(heading)
  await writeFile(path, text.replace(`${heading}\n`, settings))
}
