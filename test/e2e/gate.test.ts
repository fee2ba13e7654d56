import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readData } from '../data/data.ts'
import { intelmesh } from './intelmesh.ts'

const EMPTY_FILE = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const WRONG = ['8.8.8.8', '10.0.0.1', 'google.com', 'mail.bank.eu', EMPTY_FILE] as const
const REAL_INDICATORS = 10_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gate-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Summary {
  readonly counts: Readonly<Record<string, number>>
  readonly held: readonly { readonly value: string; readonly list: string; readonly where: string }[]
}

describe('intelmesh publish', () => {
  it('holds back exactly what should not leave, and notes who insists', { timeout: 240_000 }, async () => {
    const home = join(folder, 'home')
    const LISTEN = ['--listen', '/ip4/127.0.0.1/tcp/0']
    const founded = ['aco', 'init', '--name', 'ACO', '--cluster', 'finance.eu', '--key-file', ...LISTEN]
    expect(await intelmesh([...founded, '--home', home])).toMatchObject({ exit: 0 })
    const config = join(home, 'intelmesh.toml')
    const text = await readFile(config, 'utf8')
    await writeFile(config, text.replace('[gate]\n', '[gate]\nown_domains = ["bank.eu"]\n'))

    const values = realIndicators()
    for (const [i, wrong] of WRONG.entries()) values.splice(1_000 + i * 2_000, 0, wrong)
    const list = join(folder, 'list.txt')
    await writeFile(list, `${values.join('\n')}\n`)
    const args = ['publish', list, '--tlp', 'green', '--json', '--home', home]

    const first = await intelmesh(args)
    expect(first.exit).toBe(4)
    const { counts, held } = JSON.parse(first.out) as Summary
    expect(new Set(held.map(({ value }) => value))).toEqual(new Set(WRONG))
    expect(counts).toMatchObject({ new: REAL_INDICATORS, held: WRONG.length })

    const again = await intelmesh([...args, '--allow', 'google.com'])
    expect(again.exit).toBe(4)
    expect((JSON.parse(again.out) as Summary).counts).toMatchObject({
      new: 1,
      unchanged: REAL_INDICATORS,
      held: WRONG.length - 1,
    })
    const trail = await intelmesh(['audit', 'list', '--action', 'publish', '--json', '--home', home])
    expect(trail.out).toContain('google.com')
    expect(trail.out).not.toContain('mail.bank.eu')
    expect((await intelmesh(['audit', 'verify', '--home', home])).exit).toBe(0)
  })
})

/** Domains of a real feed that the mesh's members would publish. */
function realIndicators(): string[] {
  const bytes = readData('ioc/blackbook/blackbook.csv')
  if (bytes === undefined) throw new Error('the repository carries blackbook.csv')
  const lines = new TextDecoder().decode(bytes).split('\n').slice(1)
  const domains = lines.map((line) => line.split(',')[0] ?? '').filter((value) => value.includes('.'))
  return [...new Set(domains)].slice(0, REAL_INDICATORS)
}
