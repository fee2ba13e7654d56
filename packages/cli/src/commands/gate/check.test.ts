import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { runTest } from '../../testing/test-context.ts'
import { checkCommand } from './check.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const LIST = '8.8.8.8\n185.220.101.1\nhxxps://www.google[.]com/\nevil.duckdns.org\n10.0.0.1:443\n'
const OWN = '[gate]\nown_domains = ["bank-of-springs.com"]\ninternal_hosts = ["srv-*"]\nallow = ["private"]\n'

describe(checkCommand.name, () => {
  it('says where something stands, what it is, and on which list', async () => {
    const path = await file('list.txt', LIST)
    const { exit, out } = await runTest(['gate', 'check', path])
    expect(exit).toBe(4)
    expect(out.replaceAll(path, 'list.txt')).toMatchInlineSnapshot(`
      "  list.txt:1: GATE_WARNING_LIST at pattern: 8.8.8.8 (public-resolvers: Public resolvers)
        list.txt:3: GATE_WARNING_LIST at pattern: https://www.google.com/ (cisco_top1000: Top 1000 websites from Cisco Umbrella)
        list.txt:3: GATE_WARNING_LIST at pattern: https://www.google.com/ (tranco10k: Top 10K most-used sites from Tranco)
        list.txt:5: GATE_PRIVATE at pattern: 10.0.0.1 (private: Addresses that every network has of its own)
      3 of 5 objects would be held back
      "
    `)
  })

  it('gives the same as a document', async () => {
    const { exit, out } = await runTest(['gate', 'check', '-', '--json'], { input: `${LIST}not a value\n` })
    expect(exit).toBe(4)
    expect(JSON.parse(out)).toMatchObject({
      checked: 5,
      held: 3,
      overridden: 0,
      unread: 1,
      isWhole: true,
      refused: [{ where: 'stdin:6', code: 'INPUT_VALUE_UNRECOGNISED' }],
    })
    expect((JSON.parse(out) as { findings: object[] }).findings[0]).toMatchObject({
      where: 'stdin:1',
      code: 'GATE_WARNING_LIST',
      list: 'public-resolvers',
      value: '8.8.8.8',
      type: 'ipv4',
      path: 'pattern',
    })
  })

  it('lets through what it is told to', async () => {
    const argv = [
      'gate',
      'check',
      '-',
      '--allow',
      'public-resolvers',
      '--allow',
      '10.0.0.1',
      '--allow',
      'tranco10k',
    ]
    const { exit, out } = await runTest([...argv, '--allow', 'cisco_top1000'], { input: LIST })
    expect(exit).toBe(0)
    expect(out).toContain('0 of 5 objects would be held back')
    expect(out).toContain('let through by --allow or the settings: 3 objects')
  })

  it('asks the settings of the home what is its own', async () => {
    const input = 'seen,ip,what\n1,185.220.101.1,beacon to srv-7\n2,10.0.0.1,x\n3,vpn.bank-of-springs.com,x\n'
    const argv = ['gate', 'check', '-', '--columns', 'value=ip,description=what', '--json']
    const node = { readIfPresent: () => Promise.resolve(OWN) }
    const { out } = await runTest(argv, { input, node })
    const { findings } = JSON.parse(out) as { findings: { where: string; code: string; path: string }[] }
    expect(findings.map(({ where, code, path }) => [where, code, path])).toEqual([
      ['stdin:2', 'GATE_INTERNAL_HOST', 'description'],
      ['stdin:4', 'GATE_OWN_ASSET', 'pattern'],
    ])
  })

  it('shows fifty and keeps a thousand of many', async () => {
    const many = Array.from({ length: 1200 }, (_, i) => `10.0.${i >> 8}.${i & 255}\n`).join('')
    const { out } = await runTest(['gate', 'check', '-'], { input: many })
    expect(out.split('\n').length).toBeLessThan(60)
    expect(out).toContain('1200 of 1200 objects would be held back')
    const { out: document } = await runTest(['gate', 'check', '-', '--json'], { input: many })
    const { held, findings } = JSON.parse(document) as { held: number; findings: object[] }
    expect([held, findings.length]).toEqual([1200, 1000])
  })

  it('says that it was interrupted', async () => {
    const { exit, out } = await runTest(['gate', 'check', '-'], { input: LIST, signal: AbortSignal.abort() })
    expect(exit).toBe(1)
    expect(out).toContain('stopped before the end')
  })

  test.for([
    ['a file that is not there', '/nowhere/at/all'],
    ['a folder', tmpdir()],
  ] as const)('exits 2 for %s', async ([, name]) => {
    const { exit } = await runTest(['gate', 'check', name])
    expect(exit).toBe(2)
  })
})
