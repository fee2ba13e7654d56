import type { AcoApi, LookupHit, NodeApi, RecordView } from '@intelmesh/node'
import { describe, expect, it } from 'vitest'
import { runTest } from '../testing/test-context.ts'
import { lookupCommand } from './lookup.ts'
import { recordsCommand } from './records.ts'
import { tailCommand } from './tail.ts'

const view: RecordView = {
  record: 'ab'.repeat(32),
  stixId: 'indicator--00000000-0000-4000-8000-000000000001',
  type: 'indicator',
  tlp: 'green',
  organisation: { id: '0'.repeat(32), name: 'Bank A' },
  author: 'cd'.repeat(32),
  published: '2030-01-01T00:00:00.000Z',
  arrived: '2030-01-01T00:00:01.000Z',
  sequence: 7,
  expires: '2030-02-01T00:00:00.000Z',
  summary: '198.51.100.7',
}

const hit: LookupHit = {
  ...view,
  matched: { type: 'ipv4', value: '198.51.100.0/24', relation: 'cidr' },
  confidence: 80,
  validFrom: '2029-12-01T00:00:00.000Z',
  validUntil: '2029-12-31T00:00:00.000Z',
  isValid: false,
  flags: [],
  feedback: { sightings: 0, negative: 0, agree: 0, disagree: 0, notes: 0 },
}

describe(lookupCommand.name, () => {
  const api: Partial<NodeApi> = {
    lookup: (values) =>
      Promise.resolve(
        values.map((query) => {
          const hits = query.startsWith('198') ? [hit] : []
          const understood = query === '?' ? [] : [{ type: 'ipv4', value: query }]
          return { query, understood, hits, total: hits.length * 3 }
        }),
      ),
  }

  it('shows what is known, and what is not', async () => {
    const { exit, out } = await runTest(['lookup', '198.51.100.7', '203.0.113.1', '?'], { api })
    expect(exit).toBe(0)
    expect(out).toMatchInlineSnapshot(`
      "VALUE         MATCH                  SAID BY  TLP    CONF  SINCE       UNTIL              RECORD
      198.51.100.7  is in 198.51.100.0/24  Bank A   GREEN  80    2029-12-01  2029-12-31 (past)  abababababababababababababababababababababababababababababababab
      198.51.100.7: 1 of 3 shown
      203.0.113.1: nothing known
      ?: not recognised as anything that can be looked up
      "
    `)
  })

  it('exits 3 when nothing is known of any', async () => {
    expect((await runTest(['lookup', '203.0.113.1'], { api })).exit).toBe(3)
    expect((await runTest(['lookup', '203.0.113.1', '--json'], { api })).exit).toBe(3)
  })

  it('reads a list from standard input', async () => {
    const { out } = await runTest(['lookup', '-', '--json'], {
      api,
      input: '# mine\n203.0.113.1\n\n 198.51.100.7 \n',
    })
    expect((JSON.parse(out) as { query: string }[]).map(({ query }) => query)).toEqual([
      '203.0.113.1',
      '198.51.100.7',
    ])
  })

  it('exits 2 for an empty list', async () => {
    expect((await runTest(['lookup', '-'], { api, input: '\n' })).exit).toBe(2)
  })
})

describe(recordsCommand.name, () => {
  it('shows records with their labels, fitted to the terminal', async () => {
    const api = { records: () => Promise.resolve({ records: [view], total: 2, next: 7 }) }
    const { out } = await runTest(['records'], { api, columns: 70 })
    expect(out).toMatchInlineSnapshot(`
      "ARRIVED           TLP    TYPE       BY      SUMMARY       RECORD
      2030-01-01 00:00  GREEN  indicator  Bank A  198.51.100.7  abababababa…
      1 shown, of 2 held; go on with --after 7
      "
    `)
  })

  it('exits 3 when nothing matches', async () => {
    const api = { records: () => Promise.resolve({ records: [], total: 0 }) }
    expect((await runTest(['records', '--type', 'tool'], { api })).exit).toBe(3)
  })
})

describe(tailCommand.name, () => {
  async function* tail() {
    yield view
    yield { ...view, summary: 'two\nlines \u001b[2J' }
  }

  it('prints a line a record', async () => {
    const { out } = await runTest(['tail'], { api: { tail }, isRunning: true })
    expect(out).toMatchInlineSnapshot(`
      "00:00:01  GREEN  Bank A: indicator 198.51.100.7
      00:00:01  GREEN  Bank A: indicator two\\u{a}lines \\u{1b}[2J
      "
    `)
  })

  it('prints a JSON document a line', async () => {
    const { out } = await runTest(['tail', '--json'], { api: { tail }, isRunning: true })
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as RecordView).sequence),
    ).toEqual([7, 7])
  })
})

describe('doctor', () => {
  it('exits 1 when a check failed, and says what to do', async () => {
    const api = {
      doctor: () =>
        Promise.resolve([
          { check: 'clock', state: 'failed', detail: 'an hour off', remedy: 'set it' } as const,
        ]),
    }
    const { exit, out } = await runTest(['doctor'], { api })
    expect(exit).toBe(1)
    expect(out).toContain('set it')
  })
})

describe('aco', () => {
  it('passes on what was granted, with defaults', async () => {
    const asked: unknown[] = []
    const invite: AcoApi['invite'] = (request) => {
      asked.push(request)
      return Promise.resolve({
        invite: 'imesh1:x',
        id: 'i',
        organisation: 'o',
        expires: '2030-01-04T00:00:00Z',
        urls: ['http://a'],
      })
    }
    const api = { aco: { invite } as AcoApi }
    const { out } = await runTest(
      ['aco', 'invite', '--org', 'Bank A', '--role', 'mssp', '--role', 'isac', '--local'],
      { api },
    )
    expect(asked).toEqual([
      {
        org: 'Bank A',
        kind: 'member',
        roles: ['mssp', 'isac'],
        clearance: 'red',
        days: 14,
        confirm: false,
        local: true,
      },
    ])
    expect(out.split('\n')[0]).toBe('imesh1:x')
  })

  it('says so on a home of a member', async () => {
    const { exit, err } = await runTest(['aco', 'list', '--json'], { api: {} })
    expect(exit).toBe(1)
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'NOT_AN_ACO' } })
  })

  it('reads the times of --since and --until in their own direction', async () => {
    const asked: unknown[] = []
    const act: AcoApi['act'] = (request) => {
      asked.push(request)
      return Promise.resolve({ statement: 1, beacon: 2, nodes: ['n'], closedChains: 0 })
    }
    const api = { aco: { act } as AcoApi }
    await runTest(['aco', 'revoke', 'x', '--reason', 'key-compromise', '--since', '2h'], { api })
    await runTest(['aco', 'suspend', 'x', '--reason', 'inactive', '--until', '2h'], { api })
    await runTest(['aco', 'reinstate', 'x'], { api })
    expect(asked).toEqual([
      { action: 'revoke', who: 'x', reason: 'key-compromise', since: '2029-12-31T22:00:00.000Z' },
      { action: 'suspend', who: 'x', reason: 'inactive', until: '2030-01-01T02:00:00.000Z' },
      { action: 'reinstate', who: 'x', reason: 'unspecified' },
    ])
  })
})
