import type { InboxItem, LookupHit, NodeApi, RecordDetail } from '@intelmesh/node'
import { describe, expect, it } from 'vitest'
import { displayWidth } from '../output/display-width.ts'
import { runTest } from '../testing/test-context.ts'
import { BOB, detail, gone, SAID, view } from '../testing/test-record.ts'
import { inboxCommand } from './inbox.ts'
import { lookupCommand } from './lookup.ts'
import { showCommand } from './show.ts'

describe(showCommand.name, () => {
  const showing = (shown: RecordDetail): Partial<NodeApi> => ({ show: () => Promise.resolve(shown) })

  it('tells a record, its life and its proof within eighty columns', async () => {
    const { out } = await runTest(['show', 'abababab'], { api: showing(detail), columns: 80 })
    for (const line of out.split('\n')) expect(displayWidth(line), line).toBeLessThanOrEqual(80)
    expect(out).toMatchInlineSnapshot(`
      "record     abababababababababababababababababababababababababababababababab
      object     indicator--00000000-0000-4000-8000-000000000001
      type       indicator
      summary    198.51.100.7
      label      GREEN
      by         Bank A (00000000000000000000000000000000)
      published  2030-01-01 00:00
      arrived    2030-01-01 00:01, as number 7
      expires    2030-02-01 00:00
      ipv4       198.51.100.7
      !          on list public-dns: Public resolvers
      !          2 members call it a false positive
      !          1 member disagrees with it
      members    3 members have seen it; 1 member agrees; 1 member has a note on it
      versions   1 more, of other organisations

      life
      2030-01-01 00:00  published by Bank A
      2030-01-01 00:05  known to be held by Bank B (cececece)
      2030-01-02 00:00  ! sighting by Bank B: false positive: \\u{1b}[31mours
      2030-01-03 00:00  another version of it: acacacacacacacac

      proof
      here because  RELEASED
      leaf          2 of 9
      under root    1212121212121212121212121212121212121212121212121212121212121212
      path          3434343434343434 5656565656565656 7878787878787878
                    9a9a9a9a9a9a9a9a
      header        efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef
      chain         eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee, as 4
      signed by     cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
      node          Bank A, until 2030-02-01 00:00
                    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      ACO log       entry 3 of 8, with root
                    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb

      object
      {
        "type": "indicator",
        "pattern": "[ipv4-addr:value = '198.51.100.7']"
      }
      "
    `)
  })

  it('tells what is left of a record that was taken back', async () => {
    const { out } = await runTest(['show', 'abababab'], { api: showing(gone), columns: 80 })
    expect(out).toMatchInlineSnapshot(`
      "record      abababababababababababababababababababababababababababababababab
      summary     taken back
      label       GREEN
      by          Bank A (00000000000000000000000000000000)
      published   2030-01-01 00:00
      expires     2030-02-01 00:00
      taken back  2030-01-04 00:00 as leak, and erased here
      tombstone   dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd

      life
      2030-01-01 00:00  published by Bank A
      2030-01-04 00:00  taken back by Bank A: leak, and erased here
      2030-01-04 00:02  known to be taken back at Bank B (cfcfcfcf)
      "
    `)
  })

  it('names so many nodes that they can be read, and says how many more there are', async () => {
    const had = Array.from({ length: 33 }, (_, i) => ({
      node: `${i}`.padStart(64, '0'),
      organisation: BOB,
      at: view.published,
      how: 'same-set' as const,
    }))
    const api = showing({ ...detail, life: { ...detail.life, had } })
    const { out } = await runTest(['show', 'abababab'], { api })
    expect(out.match(/known to be held by/g)).toHaveLength(20)
    expect(out).toContain('and 13 more nodes')
  })
})

describe(lookupCommand.name, () => {
  it('says below a record what speaks for it and against it', async () => {
    const hit: LookupHit = {
      ...view,
      matched: { type: 'ipv4', value: '198.51.100.7', relation: 'exact' },
      isValid: true,
      flags: detail.flags,
      feedback: SAID,
    }
    const quiet = {
      ...hit,
      flags: [],
      feedback: { ...SAID, sightings: 0, negative: 0, agree: 0, disagree: 0, notes: 0 },
    }
    const api: Partial<NodeApi> = {
      lookup: () =>
        Promise.resolve([
          {
            query: '198.51.100.7',
            understood: [{ type: 'ipv4', value: '198.51.100.7' }],
            hits: [hit, quiet],
            total: 2,
          },
        ]),
    }
    const { out } = await runTest(['lookup', '198.51.100.7'], { api, columns: 80 })
    expect(out).toMatchInlineSnapshot(`
      "VALUE         MATCH  SAID BY  TLP    CONF  SINCE       UNTIL  RECORD
      198.51.100.7  exact  Bank A   GREEN        2030-01-01         ababababababababa…
        ! on list public-dns: Public resolvers
        ! 2 members call it a false positive
        ! 1 member disagrees with it
        3 members have seen it; 1 member agrees; 1 member has a note on it
      198.51.100.7  exact  Bank A   GREEN        2030-01-01         ababababababababa…
      "
    `)
  })
})

describe(inboxCommand.name, () => {
  const items: readonly InboxItem[] = [
    {
      record: '77'.repeat(32),
      kind: 'sighting',
      isNegative: true,
      organisation: BOB,
      at: '2030-01-02T00:00:00.000Z',
      summary: 'false positive: ours',
      about: { record: view.record, stixId: view.stixId, summary: view.summary },
    },
    {
      record: '88'.repeat(32),
      kind: 'note',
      isNegative: false,
      organisation: BOB,
      at: '2030-01-02T00:00:00.000Z',
      summary: 'two\nlines \u001b[2J',
      about: { record: view.record, stixId: view.stixId, summary: view.summary },
    },
  ]

  it('says what to do about each', async () => {
    const api: Partial<NodeApi> = { inbox: () => Promise.resolve(items) }
    const named = await runTest(['inbox', '--home', '/my mesh'], { api })
    expect(named.out).toContain("inbox done 7777777777777777 --home '/my mesh'\n")
    expect((await runTest(['inbox'], { api })).out).toMatchInlineSnapshot(`
      "2030-01-02 00:00  sighting by Bank B
      ! false positive: ours
        about 198.51.100.7
        intelmesh retract abababababababab --reason false-positive
        intelmesh inbox done 7777777777777777

      2030-01-02 00:00  note by Bank B
        two\\u{a}lines \\u{1b}[2J
        about 198.51.100.7
        intelmesh show abababababababab
        intelmesh inbox done 8888888888888888
      "
    `)
  })

  it('says when there is nothing to do', async () => {
    const { exit, out } = await runTest(['inbox'], { api: { inbox: () => Promise.resolve([]) } })
    expect([exit, out]).toEqual([0, 'the inbox is empty\n'])
  })

  it('puts items aside', async () => {
    const asked: string[] = []
    const settle: NodeApi['settle'] = (id) => {
      asked.push(id)
      return Promise.resolve(items[0] as InboxItem)
    }
    const { exit, out } = await runTest(['inbox', 'done', '7777', '8888'], { api: { settle } })
    expect([exit, asked]).toEqual([0, ['7777', '8888']])
    expect(out).toBe('done: sighting 7777777777777777 by Bank B\n'.repeat(2))
  })

  it.for([['done'], ['all'], ['undo', '7777']])('takes no other words: %j', async (words) => {
    expect((await runTest(['inbox', ...words], { api: {} })).exit).toBe(2)
  })
})
