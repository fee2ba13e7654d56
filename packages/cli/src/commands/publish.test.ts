import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeApi, PublishRequest } from '@intelmesh/node'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { runTest, type TestWorld } from '../testing/test-context.ts'
import { publishCommand } from './publish.ts'

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

/** Publishes everything but what mentions "refuse". */
function publisher() {
  const requests: PublishRequest[] = []
  const publish: NodeApi['publish'] = (request) => {
    requests.push(request)
    const [refused, published] = [true, false].map((bad) =>
      request.objects.filter(({ text }) => text.includes('refuse') === bad),
    )
    return Promise.resolve({
      published: (published ?? []).map(({ text, where }, i) => {
        const { id, type } = JSON.parse(text) as { id: string; type: string }
        return { record: String(i), stixId: id, type, where }
      }),
      refused: (refused ?? []).map(({ where }) => ({
        where,
        code: 'STIX_ID_INVALID',
        path: '/id',
        reason: 'bad id',
      })),
      notices: [],
      isAnnounced: true,
    })
  }
  return { requests, world: { api: { publish }, isRunning: true } satisfies TestWorld }
}

function bundle(count: number, extra: readonly object[] = []): string {
  const objects = Array.from({ length: count }, (_, i) => ({
    type: 'identity',
    spec_version: '2.1',
    id: `identity--00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    created: '2030-01-01T00:00:00.000Z',
    modified: '2030-01-01T00:00:00.000Z',
    name: `n${i}`,
  }))
  return JSON.stringify({
    type: 'bundle',
    id: 'bundle--00000000-0000-4000-8000-000000000000',
    objects: [...extra, ...objects],
  })
}

describe(publishCommand.name, () => {
  it('turns plain values into indicators, and says what was published and what was not', async () => {
    const { requests, world } = publisher()
    const path = await file('list.txt', '198.51.100.7\nhxxp://evil[.]example/x\nnot a value\n')
    const { exit, out } = await runTest(['publish', path, '--tlp', 'green', '--json'], world)
    expect(exit).toBe(4)
    const { published, refused, isAnnounced } = JSON.parse(out)
    expect(published.length).toBe(2)
    expect(isAnnounced).toBe(true)
    expect(refused).toEqual([
      expect.objectContaining({ where: `${path}:3`, code: 'INPUT_VALUE_UNRECOGNISED' }),
    ])
    expect(requests[0]).toMatchObject({ tlp: 'green', dryRun: false })
    const ids = requests[0]?.objects.map(({ text }) => (JSON.parse(text) as { id: string }).id)
    expect(ids?.every((id) => /^indicator--[0-9a-f]{8}-[0-9a-f]{4}-4/.test(id))).toBe(true)
  })

  it('sends a large bundle in parts, with the markings that its labels rest on', async () => {
    const { requests, world } = publisher()
    const marking = {
      type: 'marking-definition',
      spec_version: '2.1',
      id: 'marking-definition--00000000-0000-4000-8000-00000000000f',
      created: '2030-01-01T00:00:00.000Z',
      definition_type: 'statement',
      definition: { statement: 'Copyright' },
    }
    const path = await file('big.json', bundle(1200, [marking]))
    const { exit, out } = await runTest(['publish', path, '--tlp', 'clear'], world)
    expect(exit).toBe(0)
    expect(out).toContain('published 1201 objects')
    expect(requests.map(({ objects }) => objects.length)).toEqual([500, 500, 201])
    expect(requests.map(({ markings }) => markings?.length)).toEqual([undefined, 1, 1])
    expect(requests[2]?.objects.at(-1)?.where).toBe(`${path}#1200`)
  })

  it('exits 4 when the node refused something, with its place, code and path', async () => {
    const { world } = publisher()
    const path = await file('mixed.json', bundle(2).replace('n1', 'refuse'))
    const { exit, out } = await runTest(['publish', path, '--tlp', 'clear'], world)
    expect(exit).toBe(4)
    expect(out).toContain(`${path}#1: STIX_ID_INVALID at /id: bad id`)
  })

  it('reads standard input, with options of its own', async () => {
    const { requests, world } = publisher()
    const input = 'seen,ip,what\n2030,198.51.100.9,bad thing\n'
    const argv = [
      'publish',
      '-',
      '--tlp',
      'TLP:CLEAR',
      '--columns',
      'value=ip,description=what',
      '--expires',
      '30d',
      '--channel',
      'ops',
      '--dry-run',
    ]
    const { exit, out } = await runTest(argv, { ...world, input })
    expect(exit).toBe(0)
    expect(out).toContain('would publish 1 object')
    expect(requests[0]).toMatchObject({ channel: 'ops', expires: '2030-01-31T00:00:00.000Z', dryRun: true })
    expect(requests[0]?.objects[0]).toMatchObject({
      where: 'stdin:2',
      text: expect.stringContaining('bad thing'),
    })
  })

  it('says that records wait for the node', async () => {
    const { world } = publisher()
    const api = {
      publish: async (request: PublishRequest) => ({
        ...(await world.api.publish(request)),
        isAnnounced: false,
      }),
    }
    const { out } = await runTest(['publish', '-', '--tlp', 'clear'], { api, input: '198.51.100.9\n' })
    expect(out).toContain('leaves when the node runs')
  })

  it('stops between parts when asked to, and says what is left', async () => {
    const { requests, world } = publisher()
    const stopping = AbortSignal.abort()
    const path = await file('stopped.json', bundle(600))
    const { exit, out } = await runTest(['publish', path, '--tlp', 'clear'], { ...world, signal: stopping })
    expect(exit).toBe(1)
    expect(requests.length).toBe(1)
    expect(out).toContain('100 objects not offered')
  })

  test.for([
    ['a file that is not there', ['/nowhere/at/all']],
    ['a folder', [tmpdir()]],
    ['columns of no role', ['-', '--columns', 'ip=value']],
    ['columns without value', ['-', '--columns', 'description=1']],
  ] as const)('exits 2 for %s', async ([, words]) => {
    const { exit } = await runTest(['publish', ...words, '--tlp', 'clear'], publisher().world)
    expect(exit).toBe(2)
  })
})
