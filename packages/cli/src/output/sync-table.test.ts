import type { PeerSync, SkippedRecord } from '@intelmesh/node'
import { describe, expect, it } from 'vitest'
import { renderSync } from './sync-table.ts'

const STYLE = { hasColour: false, width: 80 }

function syncOf(over: Partial<PeerSync>): PeerSync {
  return {
    node: 'ab'.repeat(32),
    organisation: { id: '00'.repeat(16), name: 'Bank with quite a long name of the first district' },
    set: 'green/tombstones',
    state: 'unequal',
    isComparing: false,
    lagSeconds: 172_700,
    here: 1_000_000,
    there: 1_250_000,
    received: 0,
    sent: 0,
    skipped: [],
    ...over,
  }
}

function skipOf(over: Partial<SkippedRecord>): SkippedRecord {
  return {
    id: 'cd'.repeat(32),
    set: 'green/tombstones',
    code: 'CERT_UNKNOWN',
    reason: 'not known yet',
    from: { node: 'ab'.repeat(32), organisation: { id: '', name: '' } },
    at: '2026-11-23T01:00:00.000Z',
    ...over,
  }
}

describe(renderSync, () => {
  it('fits a terminal of 80 columns, and says in words what was left out', () => {
    const skipped = [
      { code: 'RECORD_FROM_FUTURE', count: 123_456, reason: 'dated ahead' },
      { code: 'QUOTA', count: 7, reason: 'too much' },
    ]
    const sync = [syncOf({ skipped, isComparing: true, divergence: 250_002 })]
    const text = renderSync({ sync, skipped: [skipOf({})] }, STYLE)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(text).toContain('RECORD_FROM_FUTURE (123456): dated ahead')
    expect(text).toContain('QUOTA (7): too much')
    expect(text).toContain('comparing')
    expect(text).toContain('48 h')
    expect(text).toContain('250002')
  })

  it('shows every code of a set with its count, and not the first alone', () => {
    const skipped = [
      { code: 'CERT_UNKNOWN', count: 5, reason: '' },
      { code: 'QUOTA', count: 7, reason: '' },
      { code: 'STORE_FULL', count: 2, reason: '' },
    ]
    const lines = renderSync(
      { sync: [syncOf({ skipped })], skipped: [] },
      { ...STYLE, width: undefined },
    ).split('\n')
    const table = lines.slice(0, lines.indexOf('', 1))
    for (const { code, count } of skipped)
      expect(table.filter((line) => line.endsWith(`${count} ${code}`))).toHaveLength(1)
  })

  it('names the records that were left out, with code and member, and says how many more there are', () => {
    const name = 'Ridge'
    const from = { node: 'ef'.repeat(32), organisation: { id: '', name } }
    const named = skipOf({ from, id: '12'.repeat(32) })
    const unread = skipOf({ code: 'CBOR_MALFORMED' })
    const { id: _, ...nameless } = unread
    const skipped = [named, nameless, ...Array<SkippedRecord>(20).fill(skipOf({}))]
    const text = renderSync({ sync: [], skipped }, STYLE)
    expect(text).toMatch(/1212121212121212 .*Ridge .*2026-11-23 01:00 .*CERT_UNKNOWN/)
    expect(text).toMatch(/not to be read .*CBOR_MALFORMED/)
    expect(text).toContain('and 12 more: --json shows all')
    expect(text).toContain('CERT_UNKNOWN: not known yet')
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('gives a member with whom all agrees one line, and what it does not share none', () => {
    const refused = { state: 'refused', problem: { code: 'NOT_ENTITLED', reason: '' } } as const
    const sync = [syncOf({ state: 'equal' }), syncOf({ set: 'clear', ...refused })]
    const text = renderSync({ sync, skipped: [] }, STYLE)
    expect(text.trim().split('\n')).toHaveLength(2)
    expect(text).not.toContain('NOT_ENTITLED')
  })

  it('says nothing where nobody is connected', () => {
    expect(renderSync({ sync: [], skipped: [] }, STYLE)).toBe('')
  })
})
