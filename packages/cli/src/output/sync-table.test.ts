import type { PeerSync } from '@intelmesh/node'
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

describe(renderSync, () => {
  it('fits a terminal of 80 columns, and says in words what was left out', () => {
    const skipped = [{ code: 'RECORD_FROM_FUTURE', count: 123_456, reason: 'dated ahead' }]
    const text = renderSync([syncOf({ skipped, isComparing: true })], STYLE)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(text).toContain('RECORD_FROM_FUTURE (123456): dated ahead')
    expect(text).toContain('comparing')
    expect(text).toContain('48 h')
  })

  it('gives a member with whom all agrees one line, and what it does not share none', () => {
    const refused = { state: 'refused', problem: { code: 'NOT_ENTITLED', reason: '' } } as const
    const text = renderSync([syncOf({ state: 'equal' }), syncOf({ set: 'clear', ...refused })], STYLE)
    expect(text.trim().split('\n')).toHaveLength(2)
    expect(text).not.toContain('NOT_ENTITLED')
  })

  it('says nothing where nobody is connected', () => {
    expect(renderSync([], STYLE)).toBe('')
  })
})
