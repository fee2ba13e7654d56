import type { NodeApi } from '@intelmesh/node'
import { MeshError } from '@intelmesh/protocol'
import { describe, expect, it } from 'vitest'
import { runTest } from '../../testing/test-context.ts'
import { compactCommand } from './compact.ts'
import { repairCommand } from './repair.ts'
import { statsCommand } from './stats.ts'
import { verifyCommand } from './verify.ts'

describe(statsCommand.name, () => {
  it('shows what each set and each table takes', async () => {
    const api: Partial<NodeApi> = {
      storeStats: async () => ({
        bytes: 1_500_000,
        spare: 200_000,
        tables: [
          { name: 'ids', rows: 7, bytes: 280 },
          { name: 'records', rows: 7, bytes: 1_300_000 },
        ],
        sets: [
          { set: 'control', count: 3 },
          {
            set: 'green',
            count: 7,
            oldest: '2029-12-01T00:00:00.000Z',
            newest: '2029-12-31T00:00:00.000Z',
            floor: '2029-11-01T00:00:00.000Z',
          },
        ],
      }),
    }
    expect((await runTest(['store', 'stats'], { api })).out).toMatchInlineSnapshot(`
      "on disk    1.5 MB
      to regain  some 200.0 kB: see intelmesh store compact

      SET      RECORDS  OLDEST            NEWEST            KEEPS FROM
      control  3                                            
      green    7        2029-12-01 00:00  2029-12-31 00:00  2029-11-01 00:00

      TABLE    ROWS  BYTES
      records  7     1.3 MB
      ids      7     280 bytes
      "
    `)
  })
})

describe(verifyCommand.name, () => {
  it('counts rows, and fails at one that is not as it was written', async () => {
    const whole: Partial<NodeApi> = {
      async *verifyStore() {
        yield { rows: 3, isDone: false }
        yield { rows: 60, isDone: true }
      },
    }
    expect(await runTest(['store', 'verify'], { api: whole })).toMatchObject({
      exit: 0,
      out: 'All 60 rows are as they were written.\n',
    })
    const damaged: Partial<NodeApi> = {
      // oxlint-disable-next-line require-yield
      async *verifyStore() {
        throw new MeshError('STORE_DAMAGED', 'a row')
      },
    }
    const { exit, err } = await runTest(['store', 'verify'], { api: damaged })
    expect({ exit, isNamed: err.includes('STORE_DAMAGED') }).toEqual({ exit: 1, isNamed: true })
  })
})

describe(compactCommand.name, () => {
  it('says what it gave back', async () => {
    const api: Partial<NodeApi> = { compactStore: async () => ({ before: 5_000_000, after: 2_000_000 }) }
    expect((await runTest(['store', 'compact'], { api })).out).toBe('5.0 MB before, 2.0 MB now\n')
  })
})

describe(repairCommand.name, () => {
  it('says that there is nothing to mend, or what was saved, and where the damaged one is', async () => {
    const whole = { repairHome: async () => ({ rows: 60 }) }
    expect(await runTest(['store', 'repair', '--home', '/x'], { node: whole })).toMatchObject({
      exit: 0,
      out: 'All 60 rows are as they were written: nothing to mend.\n',
    })
    const healed = {
      reason: 'a row of records is damaged',
      records: 57,
      control: 12,
      lost: 3,
      unreadable: { records: 2, ids: 1 },
      aside: '/x/store.damaged-1',
    }
    const damaged = { repairHome: async () => ({ healed }) }
    expect((await runTest(['store', 'repair', '--home', '/x'], { node: damaged })).out)
      .toMatchInlineSnapshot(`
      "damage       a row of records is damaged
      saved        57 records, 12 control objects
      lost         3 records: members give them back
      unreadable   records 2, ids 1
      damaged one  /x/store.damaged-1
      "
    `)
  })
})
