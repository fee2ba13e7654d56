import type { NodeApi, PublishRequest, PublishResult, RetractRequest } from '@intelmesh/node'

/** A node that remembers what it was given: values by pattern, objects by id, each with the round that named it last. */
export interface FakePublisher {
  readonly api: Pick<NodeApi, 'publish' | 'retract'>
  readonly published: PublishRequest[]
  readonly retracted: RetractRequest[]
  /** What is in the feed now: pattern or id to round. */
  readonly rows: Map<string, string | undefined>
}

/** Publishes all but what mentions `refuse`, which it refuses, and `hold`, which it holds back. */
export function createFakePublisher(): FakePublisher {
  const published: PublishRequest[] = []
  const retracted: RetractRequest[] = []
  const rows = new Map<string, string | undefined>()

  function publish(request: PublishRequest): Promise<PublishResult> {
    published.push(request)
    const done: PublishResult['published'][number][] = []
    const unchanged: PublishResult['unchanged'][number][] = []
    const held: PublishResult['held'][number][] = []
    const refused: PublishResult['refused'][number][] = []
    for (const { text, where, isValue } of request.objects) {
      const { id, type, pattern } = JSON.parse(text) as { id: string; type: string; pattern?: string }
      const key = isValue === true ? (pattern ?? '') : id
      const record = String(rows.size)
      if (text.includes('refuse'))
        refused.push({ where, code: 'STIX_ID_INVALID', path: '/id', reason: 'bad id' })
      else if (text.includes('hold')) held.push({ ...FINDING, where, stixId: id })
      else if (rows.has(key)) unchanged.push({ record, stixId: key, where })
      else done.push({ record, stixId: key, type, where, as: 'new' })
      if (request.dryRun !== true) rows.set(key, request.feed?.round)
    }
    const rest = { overridden: [], notices: [], isAnnounced: true }
    return Promise.resolve({ published: done, unchanged, held, refused, ...rest })
  }

  function retract(request: RetractRequest): ReturnType<NodeApi['retract']> {
    retracted.push(request)
    const { feed, dryRun } = request
    const leaving = [...rows].filter(([, round]) => feed?.notIn === undefined || round !== feed.notIn)
    const now = dryRun === true ? [] : leaving.slice(0, AT_ONCE)
    const of = rows.size
    for (const [key] of now) rows.delete(key)
    return Promise.resolve({
      retracted: now.map(([key]) => ({ record: key, stixId: key, tombstone: `not ${key}` })),
      refused: [],
      left: leaving.length - now.length,
      of,
    })
  }

  return { api: { publish, retract }, published, retracted, rows }
}

/** So few, that taking back takes several calls. */
const AT_ONCE = 3

const FINDING = {
  code: 'GATE_WARNING_LIST',
  list: 'tranco10k',
  listName: 'Top 10K',
  value: 'hold.example',
  path: '',
} as const
