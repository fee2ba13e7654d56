import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError, type NodeApi, type PublishResult } from '@intelmesh/node'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { runTest } from '../testing/test-context.ts'
import { amendCommand } from './amend.ts'
import { feedsCommand } from './feeds.ts'
import { noteCommand } from './note.ts'
import { opinionCommand } from './opinion.ts'
import { sightCommand } from './sight.ts'

const STIX_ID = 'indicator--00000000-0000-4000-8000-000000000001'
const published = { record: 'ab', stixId: 'note--1', type: 'note', where: 'x', as: 'new' } as const
const said: PublishResult = {
  published: [published],
  unchanged: [],
  held: [],
  overridden: [],
  refused: [],
  notices: [],
  isAnnounced: true,
}

/** Answers everything alike and remembers what it was asked. */
function node(answer: () => Promise<PublishResult> = () => Promise.resolve(said)) {
  const asked: unknown[] = []
  const answering = (request: object) => (asked.push(request), answer())
  return { asked, api: { comment: answering, amend: answering } as unknown as NodeApi }
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('commands that comment', () => {
  const refuses = { path: '', reason: 'it would tell more than the target', where: 'x' }

  test.for([
    [
      ['sight', '198.51.100.7', '--count', '12', '--tlp', 'clear'],
      { kind: 'sighting', target: '198.51.100.7', count: 12, isNegative: false, tlp: 'clear', allow: [] },
    ],
    [
      ['sight', 'a.example', '--negative', '--note', 'ours', '--allow', 'own'],
      { kind: 'sighting', target: 'a.example', isNegative: true, text: 'ours', allow: ['own'] },
    ],
    [
      ['opinion', STIX_ID, 'Strongly-Disagree', '--note', 'no'],
      { kind: 'opinion', target: STIX_ID, opinion: 'strongly-disagree', text: 'no', allow: [] },
    ],
    [['note', STIX_ID, 'gone since'], { kind: 'note', target: STIX_ID, text: 'gone since', allow: [] }],
  ] as const)('%j', async ([argv, wanted]) => {
    const { asked, api } = node()
    const { exit, out } = await runTest(argv, { api })
    expect(exit).toBe(0)
    expect(asked).toEqual([wanted])
    expect(out).toBe('published note as record ab  note--1\n')
  })

  it('exit 3 for a target that is not here, and 4 for what is refused or held back', async () => {
    const commands = [
      [sightCommand, 'x'],
      [opinionCommand, 'x', 'agree'],
      [noteCommand, 'x', 'y'],
    ] as const
    const finding = { code: 'GATE_PERSONAL_DATA', list: 'personal-data', listName: 'Personal data' } as const
    const held = [{ ...finding, value: 'joe@bank.example', path: '/content', where: 'x', stixId: 'note--1' }]
    for (const [{ name }, ...words] of commands) {
      const unknown = node(() => Promise.reject(new ApiError('RECORD_NOT_FOUND', 'no')))
      expect((await runTest([name, ...words], { api: unknown.api })).exit, name).toBe(3)
      const refused = [{ code: 'LABEL_WIDER_THAN_TARGET', ...refuses }]
      const wider = node(() => Promise.resolve({ ...said, published: [], refused }))
      expect((await runTest([name, ...words], { api: wider.api })).exit, name).toBe(4)
      const kept = await runTest([name, ...words], {
        api: node(() => Promise.resolve({ ...said, published: [], held })).api,
      })
      expect(kept.exit, name).toBe(4)
      expect(kept.out, name).toContain('joe@bank.example (personal-data: Personal data)')
    }
  })

  it('exit 2 for an opinion that is none, and say what was meant', async () => {
    const { exit, err } = await runTest(['opinion', 'x', 'agre'], { api: node().api })
    expect(exit).toBe(2)
    expect(err).toContain('Did you mean agree?')
  })
})

describe(amendCommand.name, () => {
  async function amend(text: string, words: readonly string[] = []) {
    const path = join(folder, 'new.json')
    await writeFile(path, text)
    const { asked, api } = node()
    const ran = await runTest(['amend', STIX_ID, path, ...words], { api })
    return { ...ran, asked, path }
  }

  it('sends the one object of a file', async () => {
    const { exit, asked, path } = await amend('{"type":"tool",\n"name":"x"}', ['--tlp', 'green'])
    expect(exit).toBe(0)
    const text = '{"name":"x","type":"tool"}'
    expect(asked).toEqual([{ id: STIX_ID, text, where: path, tlp: 'green', allow: [] }])
  })

  test.for([
    ['two objects', '[{"type":"tool"},{"type":"tool"}]'],
    ['no JSON', '1.2.3.4'],
    ['nothing', ''],
  ] as const)('exits 2 for %s', async ([, text]) => {
    const { exit, asked } = await amend(text)
    expect(exit).toBe(2)
    expect(asked).toEqual([])
  })

  it('exits 4 for a record of somebody else', async () => {
    const foreign = node(() => Promise.reject(new ApiError('RECORD_NOT_OWN', 'no')))
    expect((await runTest(['amend', STIX_ID, '-'], { api: foreign.api, input: '{}' })).exit).toBe(4)
  })
})

describe(feedsCommand.name, () => {
  it('lists feeds, or says how to make one', async () => {
    const feeds = [{ name: 'hourly', objects: 1_000, at: '2030-01-01T00:00:00.000Z' }]
    const { out } = await runTest(['feeds'], { api: { feeds: () => Promise.resolve(feeds) } })
    expect(out).toMatchInlineSnapshot(`
      "FEED    OBJECTS  LAST RUN
      hourly  1000     2030-01-01 00:00
      "
    `)
    const none = await runTest(['feeds'], { api: { feeds: () => Promise.resolve([]) } })
    expect(none.exit).toBe(0)
    expect(none.out).toContain('--feed NAME')
  })
})
