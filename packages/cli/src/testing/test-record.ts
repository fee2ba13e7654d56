import type { Feedback, RecordDetail, RecordView } from '@intelmesh/node'

/** The organisation whose record it is. */
const ALICE = { id: '0'.repeat(32), name: 'Bank A' }
/** The one that speaks of it. */
export const BOB: RecordView['organisation'] = { id: '1'.repeat(32), name: 'Bank B' }
/** Something for a record and something against it. */
export const SAID: Feedback = {
  sightings: 3,
  negative: 2,
  agree: 1,
  disagree: 1,
  notes: 1,
}

/** The line of a view. */
export const view: RecordView = {
  record: 'ab'.repeat(32),
  stixId: 'indicator--00000000-0000-4000-8000-000000000001',
  type: 'indicator',
  tlp: 'green',
  organisation: ALICE,
  author: 'cd'.repeat(32),
  published: '2030-01-01T00:00:00.000Z',
  arrived: '2030-01-01T00:01:00.000Z',
  sequence: 7,
  expires: '2030-02-01T00:00:00.000Z',
  summary: '198.51.100.7',
}

/** A record with all that may be told of it. */
export const detail: RecordDetail = {
  ...view,
  stix: { type: 'indicator', pattern: "[ipv4-addr:value = '198.51.100.7']" },
  chain: 'ee'.repeat(16),
  seq: 4,
  header: 'ef'.repeat(32),
  index: 2,
  batch: 9,
  root: '12'.repeat(32),
  path: ['34', '56', '78', '9a'].map((digits) => digits.repeat(32)),
  certificates: [
    {
      subject: 'node',
      name: 'Bank A',
      id: 'aa'.repeat(32),
      notBefore: view.published,
      expires: view.expires,
    },
  ],
  log: { index: 3, size: 8, root: 'bb'.repeat(32) },
  releasedBy: 'RELEASED',
  observables: [{ type: 'ipv4', value: '198.51.100.7' }],
  versions: [view.record, 'ac'.repeat(32), 'ad'.repeat(32)],
  flags: [
    {
      code: 'GATE_WARNING_LIST',
      list: 'public-dns',
      listName: 'Public resolvers',
      value: '198.51.100.7',
      path: '',
    },
  ],
  life: {
    versions: [
      {
        record: 'ac'.repeat(32),
        published: '2030-01-03T00:00:00.000Z',
        tlp: 'green',
        expires: view.expires,
      },
      { record: view.record, published: view.published, tlp: 'green', expires: view.expires },
    ],
    feedback: SAID,
    said: [
      {
        record: '77'.repeat(32),
        kind: 'sighting',
        organisation: BOB,
        at: '2030-01-02T00:00:00.000Z',
        isNegative: true,
        summary: 'false positive: \u001b[31mours',
      },
    ],
    had: [
      { node: 'cd'.repeat(32), organisation: ALICE, at: view.published, how: 'author' },
      { node: 'ce'.repeat(32), organisation: BOB, at: '2030-01-01T00:05:00.000Z', how: 'same-set' },
    ],
  },
}

/** The same record after it was taken back and erased. */
export const gone: RecordDetail = {
  record: view.record,
  stixId: '',
  type: '',
  tlp: 'green',
  organisation: ALICE,
  expires: view.expires,
  summary: 'taken back',
  author: view.author,
  published: view.published,
  stix: null,
  observables: [],
  versions: [],
  flags: [],
  life: {
    versions: [],
    feedback: { sightings: 0, negative: 0, agree: 0, disagree: 0, notes: 0 },
    said: [],
    retraction: {
      tombstone: 'dd'.repeat(32),
      organisation: ALICE,
      at: '2030-01-04T00:00:00.000Z',
      arrived: '2030-01-04T00:00:01.000Z',
      reason: 'leak',
      isErased: true,
    },
    had: [
      {
        node: 'cd'.repeat(32),
        organisation: ALICE,
        at: view.published,
        how: 'author',
        retractedAt: '2030-01-04T00:00:00.000Z',
      },
      {
        node: 'cf'.repeat(32),
        organisation: BOB,
        how: 'unknown',
        retractedAt: '2030-01-04T00:02:00.000Z',
      },
    ],
  },
}
