import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError, type PublishRequest } from '@intelmesh/node'
import { MeshError } from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import type { ListOutcome } from '../publish/publish-list.ts'
import { createFakePublisher, type FakePublisher } from '../testing/fake-publisher.ts'
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

async function publish(words: readonly string[], world: TestWorld & { readonly api: object }) {
  const { exit, out, err } = await runTest(['publish', ...words, '--tlp', 'green', '--json'], {
    isRunning: true,
    ...world,
  })
  return { exit, err, outcome: (out === '' ? undefined : JSON.parse(out)) as ListOutcome }
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
    objects: [...objects, ...extra],
  })
}

const values = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `n${from + i}.example\n`).join('')

describe(publishCommand.name, () => {
  it('turns plain values into indicators, and says what was published and what was not', async () => {
    const { api, published } = createFakePublisher()
    const path = await file('list.txt', '198.51.100.7\nhxxp://evil[.]example/x\nnot a value\nhold.example\n')
    const { exit, outcome } = await publish([path, '--allow', 'a.example', '--allow', 'tranco10k'], { api })
    expect(exit).toBe(4)
    expect(outcome.counts).toMatchObject({ new: 2, unchanged: 0, held: 1, refused: 1 })
    expect(outcome.published.length).toBe(2)
    expect(outcome.isAnnounced).toBe(true)
    expect(outcome.refused).toMatchObject([{ where: `${path}:3`, code: 'INPUT_VALUE_UNRECOGNISED' }])
    expect(outcome.held).toMatchObject([{ where: `${path}:4`, code: 'GATE_WARNING_LIST' }])
    expect(published[0]).toMatchObject({ tlp: 'green', dryRun: false, allow: ['a.example', 'tranco10k'] })
    expect(published[0]?.objects.every(({ isValue }) => isValue === true)).toBe(true)
  })

  it('sends a large bundle in parts, with the markings that its labels rest on first', async () => {
    const { api, published } = createFakePublisher()
    const marking = {
      type: 'marking-definition',
      spec_version: '2.1',
      id: 'marking-definition--00000000-0000-4000-8000-00000000000f',
      created: '2030-01-01T00:00:00.000Z',
      definition_type: 'statement',
      definition: { statement: 'Copyright' },
    }
    const path = await file('big.json', bundle(1200, [marking]))
    const { exit, outcome } = await publish([path], { api })
    expect(exit).toBe(0)
    expect(outcome.counts.new).toBe(1201)
    expect(outcome.published.length).toBe(5)
    expect(published.map(({ objects }) => objects.length)).toEqual([500, 500, 201])
    expect(published.map(({ markings }) => markings?.length)).toEqual([undefined, 1, 1])
    expect(published[0]?.objects[0]?.where).toBe(`${path}#1200`)
  })

  it('publishes while it reads, and stops after the part in hand', async () => {
    const { api, published } = createFakePublisher()
    const stopping = new AbortController()
    async function* endless() {
      for (let i = 0; ; i += 100) {
        yield new TextEncoder().encode(values(i, i + 100))
        if (published.length === 3) stopping.abort()
      }
    }
    const { exit, outcome } = await publish(['-', '--feed', 'f'], {
      api,
      pieces: endless(),
      signal: stopping.signal,
    })
    expect(exit).toBe(1)
    expect(outcome.stopped?.code).toBe('INTERRUPTED')
    expect(outcome.counts.new).toBeGreaterThanOrEqual(1_500)
    expect(outcome.feed).toBe(undefined)
    expect(published.every(({ objects }) => objects.length <= 500)).toBe(true)
  })

  it('keeps no more than a thousand of what was refused', async () => {
    const { api } = createFakePublisher()
    const { outcome } = await publish(['-'], { api, input: 'no value\n'.repeat(1_200) })
    expect(outcome.refused.length).toBe(1_000)
    expect(outcome.counts.refused).toBe(1_200)
  })

  it('says what was done before the node was gone', async () => {
    const { api, published } = createFakePublisher()
    const failing = {
      publish: (request: PublishRequest) =>
        published.length === 1 ? Promise.reject(new ApiError('INTERNAL', 'no')) : api.publish(request),
    }
    const { exit, outcome } = await publish(['-'], { api: failing, input: values(0, 900) })
    expect(exit).toBe(1)
    expect(outcome.counts.new).toBe(500)
    expect(outcome.stopped?.code).toBe('INTERNAL')
    const never = { publish: () => Promise.reject(new ApiError('ARGUMENT_INVALID', 'no')) }
    const { exit: wrong, err } = await publish(['-'], { api: never, input: values(0, 9) })
    expect(wrong).toBe(2)
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'ARGUMENT_INVALID' } })
  })

  it('reads standard input, with options of its own', async () => {
    const { api, published } = createFakePublisher()
    const input = 'seen,ip,what\n2030,198.51.100.9,bad thing\n'
    const columns = ['--columns', 'value=ip,description=what', '--expires', '30d', '--channel', 'ops']
    const { exit } = await publish(['-', ...columns, '--dry-run'], { api, input })
    expect(exit).toBe(0)
    expect(published[0]).toMatchObject({ channel: 'ops', expires: '2030-01-31T00:00:00.000Z', dryRun: true })
    expect(published[0]?.objects[0]).toMatchObject({
      where: 'stdin:2',
      text: expect.stringContaining('bad thing'),
    })
  })

  it('tells a person', async () => {
    const { api } = createFakePublisher()
    const quiet = {
      publish: async (request: PublishRequest) => ({ ...(await api.publish(request)), isAnnounced: false }),
    }
    const path = await file('told.json', bundle(7).replace('n1', 'refuse').replace('n2', 'hold'))
    const { out } = await runTest(['publish', path, '--tlp', 'green'], { api: quiet })
    expect(out.replaceAll(path, 'FILE')).toMatchInlineSnapshot(`
      "published 5 objects; it is on disk and leaves when the node runs
        identity--00000000-0000-4000-8000-000000000000  0
        identity--00000000-0000-4000-8000-000000000003  3
        identity--00000000-0000-4000-8000-000000000004  4
        identity--00000000-0000-4000-8000-000000000005  5
        identity--00000000-0000-4000-8000-000000000006  6
      held back 1 object; --allow VALUE or --allow LIST lets them through
        FILE#2: GATE_WARNING_LIST: hold.example (tranco10k: Top 10K)
      refused 1 object
        FILE#1: STIX_ID_INVALID at /id: bad id
      "
    `)
    const again = await runTest(['publish', path, '--tlp', 'green'], { api })
    expect(again.out.split('\n').slice(0, 2)).toEqual(['published 0 objects', 'unchanged: 5 objects'])
  })

  test.for([
    ['a file that is not there', ['/nowhere/at/all']],
    ['a folder', [tmpdir()]],
    ['columns of no role', ['-', '--columns', 'ip=value']],
    ['columns without value', ['-', '--columns', 'description=1']],
  ] as const)('exits 2 for %s', async ([, words]) => {
    expect((await publish(words, { api: createFakePublisher().api })).exit).toBe(2)
  })
})

describe('publish --feed', () => {
  async function run(
    node: FakePublisher,
    input: string,
    words: readonly string[] = [],
    world: TestWorld = {},
  ) {
    return publish(['-', '--feed', 'hourly', ...words], { api: node.api, input, ...world })
  }

  it('takes back what left the list, and nothing else', async () => {
    const node = createFakePublisher()
    await run(node, values(0, 100))
    const { exit, outcome } = await run(node, values(8, 108))
    expect(exit).toBe(0)
    expect(outcome.counts).toMatchObject({ new: 8, unchanged: 92 })
    expect(outcome.feed).toEqual({ name: 'hourly', objects: 108, left: 8, retracted: 8, refused: [] })
    expect(node.rows.size).toBe(100)
    expect(new Set(node.rows.values()).size).toBe(1)
  })

  it('asks first when more than a tenth left', async () => {
    const node = createFakePublisher()
    await run(node, values(0, 100))
    const half = values(0, 50)
    const alone = await run(node, half)
    expect(alone.exit).toBe(4)
    expect(alone.outcome.feed).toMatchObject({ left: 50, retracted: 0, kept: { code: 'FEED_SHRINKS' } })
    expect((await run(node, half, [], { answers: ['n'] })).outcome.feed?.kept?.code).toBe('FEED_SHRINKS')
    expect(node.rows.size).toBe(100)
    expect((await run(node, half, [], { answers: ['y'] })).outcome.feed?.retracted).toBe(50)
    expect((await run(node, values(0, 10), ['--yes'])).outcome.feed?.retracted).toBe(40)
  })

  test.for([
    ['bytes that are no text', 'n0.example\n\u0000', 'FEED_INCOMPLETE', 0xff],
    ['a list without values', '# nothing\n', 'FEED_EMPTY', 0x0a],
    ['a list that is unreadable in too many lines', `${values(0, 8)}no value\n`, 'FEED_UNREADABLE', 0x0a],
  ] as const)('takes nothing back for %s', async ([, text, code, end]) => {
    const node = createFakePublisher()
    await run(node, values(0, 100))
    const bytes = Uint8Array.of(...new TextEncoder().encode(text), end)
    async function* pieces() {
      yield bytes
    }
    const { exit, outcome } = await run(node, '', ['--yes'], { pieces: pieces() })
    expect(exit).toBe(4)
    expect(outcome.feed?.kept?.code).toBe(code)
    expect(node.rows.size).toBe(100)
  })

  it('takes nothing back for a file that cannot be read to its end', async () => {
    const node = createFakePublisher()
    await run(node, values(0, 100))
    async function* pieces() {
      yield new TextEncoder().encode(values(0, 99))
      throw Object.assign(new Error('EIO: i/o error, read'), { syscall: 'read' })
    }
    const { exit, outcome } = await run(node, '', ['--yes'], { pieces: pieces() })
    expect(exit).toBe(4)
    expect(outcome.refused).toMatchObject([{ where: 'stdin', code: 'INPUT_UNREADABLE' }])
    expect(outcome.feed?.kept?.code).toBe('FEED_INCOMPLETE')
    expect(node.rows.size).toBe(100)
  })

  it('says in a dry run about how much would be taken back', async () => {
    const node = createFakePublisher()
    await run(node, values(0, 100))
    const twice = values(40, 110) + values(40, 110)
    const { exit, outcome } = await run(node, twice, ['--dry-run'])
    expect(exit).toBe(0)
    expect(outcome.feed).toMatchObject({ objects: 100, left: 40, retracted: 0 })
    expect(node.rows.size).toBe(100)
    expect(node.retracted.every(({ dryRun }) => dryRun === true)).toBe(true)
  })

  it('knows in a dry run that a feed that is not there yet has nothing to lose', async () => {
    const node = createFakePublisher()
    const unknown = () => Promise.reject(new ApiError('RECORD_NOT_FOUND', 'no feed'))
    const api = { ...node.api, retract: unknown }
    const { exit, outcome } = await run({ ...node, api }, values(0, 9), ['--dry-run'])
    expect(exit).toBe(0)
    expect(outcome.feed).toMatchObject({ objects: 0, left: 0 })
  })

  it('says what was published when another run has overtaken it', async () => {
    const node = createFakePublisher()
    const overtaken = () => Promise.reject(new MeshError('FEED_OVERTAKEN', 'another run'))
    const { exit, outcome } = await run({ ...node, api: { ...node.api, retract: overtaken } }, values(0, 9))
    expect(exit).toBe(4)
    expect(outcome.counts.new).toBe(9)
    expect(outcome.stopped?.code).toBe('FEED_OVERTAKEN')
  })

  it('takes several files for one list', async () => {
    const node = createFakePublisher()
    const [a, b] = [await file('a.txt', values(0, 50)), await file('b.txt', values(50, 100))]
    await publish([a, b, '--feed', 'hourly'], { api: node.api })
    expect(node.rows.size).toBe(100)
    expect(node.retracted.length).toBe(1)
    expect(new Set(node.rows.values()).size).toBe(1)
  })
})
