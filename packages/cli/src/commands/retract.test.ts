import type { NodeApi, RetractRequest, RetractResult } from '@intelmesh/node'
import { describe, expect, it, test } from 'vitest'
import { createFakePublisher } from '../testing/fake-publisher.ts'
import { runTest } from '../testing/test-context.ts'
import { retractCommand } from './retract.ts'

/** An organisation that published records 0 to `count - 1`, and takes back a hundred at a time. */
function author(count: number, refusal = 'RECORD_NOT_FOUND') {
  const standing = new Set(Array.from({ length: count }, (_, i) => String(i)))
  const asked: RetractRequest[] = []
  const retract = (request: RetractRequest): Promise<RetractResult> => {
    asked.push(request)
    const names = request.ids ?? request.values ?? [...standing]
    const found = names.filter((name) => standing.has(name))
    const done = request.dryRun === true ? [] : found.slice(0, 100)
    for (const name of done) standing.delete(name)
    return Promise.resolve({
      retracted: done.map((record) => ({ record, stixId: `tool--${record}`, tombstone: 't' })),
      refused: names
        .filter((name) => !found.includes(name))
        .map((id) => ({ id, code: refusal, reason: 'no' })),
      left: found.length - done.length,
    })
  }
  return { api: { retract } satisfies Partial<NodeApi>, asked, standing }
}

const many = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, i) => String(from + i))

describe(retractCommand.name, () => {
  it('takes back what is named, until nothing is left', async () => {
    const { api, asked, standing } = author(1_300)
    const argv = ['retract', ...many(1_200), '--reason', 'error', '--yes', '--json']
    const { exit, out } = await runTest(argv, { api })
    expect(exit).toBe(0)
    expect(standing.size).toBe(100)
    const { counts, retracted, left } = JSON.parse(out)
    expect(counts).toEqual({ retracted: 1_200, refused: 0 })
    expect(retracted.length).toBe(1_000)
    expect(left).toBe(0)
    expect(asked.every(({ ids = [], reason }) => ids.length <= 500 && reason === 'error')).toBe(true)
  })

  it('takes back by value, and says what was not', async () => {
    const { api, asked } = author(1, 'RECORD_NOT_OWN')
    const argv = ['retract', '--value', '0', '--value', '\u001b[2J', '--reason', 'leak']
    const { exit, out } = await runTest(argv, { api })
    expect(exit).toBe(4)
    expect(asked.at(-1)).toEqual({ values: ['0', '\u001b[2J'], reason: 'leak' })
    expect(out).toMatchInlineSnapshot(`
      "took back 1 record
        0  tool--0
      refused: 1
        \\u{1b}[2J: no (RECORD_NOT_OWN)
      "
    `)
  })

  it('asks first for many, and for a feed', async () => {
    const { api, standing } = author(11)
    const named = ['retract', ...many(11), '--reason', 'error']
    const { exit, err } = await runTest([...named, '--json'], { api })
    expect(exit).toBe(4)
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'RETRACTION_UNCONFIRMED' } })
    expect((await runTest(named, { api, answers: ['n'] })).exit).toBe(4)
    expect(standing.size).toBe(11)
    expect((await runTest(named, { api, answers: ['y'] })).exit).toBe(0)
    const { api: feed, rows } = createFakePublisher()
    for (const key of many(7)) rows.set(key, 'r')
    const whole = ['retract', '--feed', 'hourly', '--reason', 'error']
    expect((await runTest(whole, { api: feed })).exit).toBe(4)
    expect(rows.size).toBe(7)
    expect((await runTest([...whole, '--yes'], { api: feed })).exit).toBe(0)
    expect(rows.size).toBe(0)
  })

  it('counts in a dry run, and takes nothing back', async () => {
    const { api, standing } = author(40)
    const { exit, out } = await runTest(['retract', ...many(30), '--reason', 'error', '--dry-run'], { api })
    expect(exit).toBe(0)
    expect(out).toBe('would take back 30 records\n')
    expect(standing.size).toBe(40)
  })

  it('exits 3 when none of it is known', async () => {
    const { api } = author(0)
    expect((await runTest(['retract', 'x', '--reason', 'error'], { api })).exit).toBe(3)
    expect((await runTest(['retract', 'x', '--reason', 'error', '--dry-run'], { api })).exit).toBe(3)
  })

  it('stops between calls when asked to', async () => {
    const { api, standing } = author(300)
    const stopping = new AbortController()
    const stopped = {
      retract(request: RetractRequest) {
        if (request.dryRun !== true) stopping.abort()
        return api.retract(request)
      },
    }
    const argv = ['retract', ...many(300), '--reason', 'error', '--yes']
    const { exit, out } = await runTest(argv, { api: stopped, signal: stopping.signal })
    expect(exit).toBe(1)
    expect(standing.size).toBe(200)
    expect(out).toContain('left: 200 records')
  })

  test.for([
    ['nothing named', []],
    ['two ways of naming', ['x', '--value', 'v']],
    ['a feed and more', ['--feed', 'f', '--value', 'v']],
    ["a reason that is the node's own", ['x', '--reason', 'superseded']],
  ] as const)('exits 2 for %s', async ([, words]) => {
    const reason = words.includes('--reason' as never) ? [] : ['--reason', 'error']
    expect((await runTest(['retract', ...words, ...reason], { api: author(9).api })).exit).toBe(2)
  })
})
