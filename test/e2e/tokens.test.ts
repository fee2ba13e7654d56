import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { intelmesh, startIntelmesh } from './intelmesh.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tokens-'))
  const names = ['--name', 'ACO', '--cluster', 'finance.eu', '--key-file', '--listen', '/ip4/127.0.0.1/tcp/0']
  expect(await intelmesh(['aco', 'init', ...names, '--home', home])).toMatchObject({ exit: 0 })
}, 60_000)
afterAll(() => rm(home, { recursive: true, force: true }))

describe('a person with a token', () => {
  it('asks a node whose home is elsewhere, as long and as far as the token goes', async () => {
    const made = await intelmesh(['token', 'create', '--person', 'Ann', '--home', home])
    expect(made).toMatchObject({ exit: 0, out: expect.stringMatching(/^imt_[0-9a-f]{16}_[\w-]{43}\n$/) })
    await using _node = await startIntelmesh(['run', '--home', home])
    const file = join(home, 'ann.token')
    await writeFile(file, made.out)
    const { apiAddress } = JSON.parse(await readRun()) as { readonly apiAddress: string }
    const ann = { INTELMESH_API: apiAddress, INTELMESH_TOKEN: made.out.trim() }

    expect(await intelmesh(['status'], { environment: ann })).toMatchObject({ exit: 0, err: '' })
    expect(await intelmesh(['records', '--api', apiAddress, '--token-file', file])).toMatchObject({ exit: 3 })
    expect(await intelmesh(['token', 'list'], { environment: ann })).toMatchObject({ exit: 4, out: '' })
    expect(await intelmesh(['token', 'revoke', made.out.slice(4, 20), '--home', home])).toMatchObject({
      exit: 0,
    })
    expect(await intelmesh(['status'], { environment: ann })).toMatchObject({ exit: 4, out: '' })

    const trail = await intelmesh(['audit', 'list', '--json', '--home', home])
    const entries = JSON.parse(trail.out) as readonly { readonly person: string; readonly action: string }[]
    expect(entries.filter(({ person }) => person === 'Ann').map(({ action }) => action)).toEqual([
      'refused',
      'read',
    ])
    expect(await intelmesh(['audit', 'verify', '--home', home])).toMatchObject({ exit: 0 })
  }, 120_000)
})

function readRun(): Promise<string> {
  return readFile(join(home, 'run.json'), 'utf8')
}
