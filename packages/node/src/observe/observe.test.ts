import { describe, expect, it, test } from 'vitest'
import { createLogger, type LoggerOptions } from './logger.ts'
import { createMetrics, NO_METRICS } from './metrics.ts'

function logged(level: LoggerOptions['level'], write: (log: ReturnType<typeof createLogger>) => void) {
  const lines: string[] = []
  write(createLogger({ level, write: (line) => lines.push(line) }))
  return lines
}

describe(createLogger, () => {
  it('writes a line of JSON with level, time, scope and fields', () => {
    const [line] = logged('info', (log) => log.scope('sync').info('converged', { rounds: 3 }))
    expect(JSON.parse(line ?? '')).toMatchObject({
      level: 'info',
      scope: 'sync',
      rounds: 3,
      msg: 'converged',
    })
  })

  test.for([
    ['error', 1],
    ['warn', 2],
    ['info', 3],
    ['debug', 4],
    ['silent', 0],
  ] as const)('at level %s writes %i of four', ([level, count]) => {
    const lines = logged(level, (log) => {
      for (const name of ['error', 'warn', 'info', 'debug'] as const) log[name]('something')
    })
    expect(lines.length).toBe(count)
  })

  it('blanks what is named like a secret', () => {
    const lines = logged('debug', (log) => {
      log.error('a', { token: 'SESAME' })
      log.error('b', { key: { secretKey: 'SESAME' }, request: { headers: { authorization: 'SESAME' } } })
    })
    expect(lines.join('')).not.toContain('SESAME')
  })

  it('keeps stacks for debugging', () => {
    const error = new TypeError('odd')
    expect(logged('info', (log) => log.error('failed', { error })).join()).not.toContain('observe.test')
    expect(logged('debug', (log) => log.error('failed', { error })).join()).toContain('observe.test')
  })

  it('keeps a line break of somebody else inside one line', () => {
    const lines = logged('debug', (log) => log.debug('refused', { name: 'x\n{"level":"error"}' }))
    expect(lines.join('').trimEnd().split('\n').length).toBe(1)
  })
})

describe(createMetrics, () => {
  it('exposes what was counted, under names that end in their unit', async () => {
    const metrics = createMetrics(() => 10_000)
    metrics.gossipVerdict('reject', 'LEAF_MALFORMED')
    metrics.records('green', 5)
    metrics.syncSession('equal', { sent: 10, received: 20 })
    metrics.beacon({ at: 4_000, nextUpdate: 14_000 })
    metrics.certificateExpiresAt('node', 70_000)
    metrics.certificateExpiresAt('operator', 100_000)
    metrics.states({ in_sync: true, log_consistent: true, upgrade_needed: false, store_sound: true })
    metrics.disk({ store: 7, free: 8 })
    metrics.syncSkipped('green', 'CERT_UNKNOWN', 3)
    metrics.standings({
      sets: [{ set: 'green', equal: 2, unequal: 1, unknown: 0, lagSeconds: 70, divergence: 9 }],
      members: [
        { node: 'ab'.repeat(32), set: 'green', lagSeconds: 70, divergence: 9 },
        { node: 'cd'.repeat(32), set: 'green', lagSeconds: 3 },
      ],
    })
    metrics.scrubbed(100, 1)
    const { text } = await metrics.expose()
    expect(text).toContain('intelmesh_gossip_verdicts_total{action="reject",code="LEAF_MALFORMED"} 1')
    expect(text).toContain('intelmesh_records{set="green"} 5')
    expect(text).toContain('intelmesh_sync_bytes_total{direction="received"} 20')
    expect(text).toContain('intelmesh_sync_skipped_total{set="green",code="CERT_UNKNOWN"} 3')
    expect(text).toContain('intelmesh_sync_members{set="green",state="unequal"} 1')
    expect(text).toContain('intelmesh_sync_lag_seconds{set="green"} 70')
    expect(text).toContain('intelmesh_sync_divergence{set="green"} 9')
    expect(text).toContain('intelmesh_sync_member_lag_seconds{member="abababababababab",set="green"} 70')
    expect(text).toContain('intelmesh_sync_member_divergence{member="abababababababab",set="green"} 9')
    expect(text).toContain('intelmesh_sync_member_lag_seconds{member="cdcdcdcdcdcdcdcd",set="green"} 3')
    expect(text).not.toContain('intelmesh_sync_member_divergence{member="cdcdcdcdcdcdcdcd"')
    expect(text).toContain('intelmesh_store_scrubbed_bytes_total 100')
    expect(text).toContain('intelmesh_store_damaged_records_total 1')
    expect(text).toContain('intelmesh_beacon_age_seconds 6')
    expect(text).toContain('intelmesh_beacon_remaining_seconds 4')
    expect(text).toContain('intelmesh_certificate_remaining_seconds 60')
    expect(text).toContain('intelmesh_operator_remaining_seconds 90')
    expect(text).toContain('intelmesh_in_sync 1')
    expect(text).toContain('intelmesh_upgrade_needed 0')
    expect(text).toContain('intelmesh_store_bytes 7')
    expect(text).toContain('intelmesh_disk_free_bytes 8')
    expect(text).toMatch(/intelmesh_build_info\{version="\d/)
  })

  it('says nothing of a time that is not known', async () => {
    const { text } = await createMetrics(() => 0).expose()
    expect(text).not.toMatch(/^intelmesh_operator_remaining_seconds/m)
  })

  it('makes no series of what a peer wrote', async () => {
    const metrics = createMetrics(() => 0)
    for (const code of ['made up', 'x'.repeat(100), 'a"} 1\nevil', '']) metrics.admission(code)
    const { text } = await metrics.expose()
    expect(text).toContain('intelmesh_admissions_total{code="OTHER"} 4')
  })

  it('keeps no series of whoever has gone, and only so many of those who are there', async () => {
    const metrics = createMetrics(() => 0)
    const nodeAt = (i: number): string => i.toString(16).padStart(16, '0') + 'f'.repeat(48)
    const members = Array.from({ length: 3_000 }, (_, i) => ({
      node: nodeAt(i),
      set: 'green',
      lagSeconds: i,
    }))
    const set = { set: 'green', equal: 0, unequal: 3_000, unknown: 0, lagSeconds: 2_999, divergence: 0 }
    const seriesOf = async (): Promise<number> =>
      [...(await metrics.expose()).text.matchAll(/^intelmesh_sync_(member_)?lag_seconds\{/gm)].length
    metrics.standings({ sets: [set], members })
    expect(await seriesOf()).toBe(1 + 2_048)
    metrics.standings({ sets: [set], members: members.slice(0, 2) })
    expect(await seriesOf()).toBe(1 + 2)
    metrics.standings({ sets: [], members: [] })
    expect(await seriesOf()).toBe(0)
  })

  it('keeps two nodes in one process apart', async () => {
    const [one, other] = [createMetrics(() => 0), createMetrics(() => 0)]
    one.peers(3)
    expect((await other.expose()).text).toContain('intelmesh_peers 0')
  })

  it('has a register that counts nothing', async () => {
    NO_METRICS.admission('X')
    expect((await NO_METRICS.expose()).text).toBe('')
  })
})
