import type { RecordDetail } from '@intelmesh/node'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { doubtTexts, flagTexts, supportText } from '../output/feedback.ts'
import { labelCell, minuteOf } from '../output/records-table.ts'
import { printable } from '../output/printable.ts'
import { paint, type Style } from '../output/style.ts'
import { type Cell, renderFields } from '../output/table.ts'
import { renderTimeline } from '../output/timeline.ts'

/** `intelmesh show` */
export const showCommand: Command = defineCommand({
  name: 'show',
  summary: 'show one record: what it says, its life, and its whole chain of proof',
  about: [
    'The life has the versions of the object, what members said of it, its retraction, and when which node is known to have had it: the author, this node, and every node that was found to hold the same set since. A node that received it and was not compared with this one before the record went is not known.',
    'A record that was taken back is shown as far as this node remembers it. Exits 3 when there is no such record.',
  ],
  args: [
    {
      name: 'ID',
      summary: 'a record id, or its first eight digits or more; or a STIX id, which finds its newest version',
    },
  ],
  options: ASKING_OPTIONS,
  examples: [
    {
      line: 'intelmesh show indicator--6a1b7a5c-0f5e-4a39-8a5d-0d4c3a0a6b11',
      about: 'The newest version of an object:',
    },
    { line: 'intelmesh show 9f86d081', about: 'Exactly one record, by the beginning of its id:' },
    { line: 'intelmesh show 9f86d081 --json | jq .life.had', about: 'Who is known to have had it:' },
  ],
  async run({ options, args: [id = ''] }, context) {
    await using node = await connect(options, context)
    const record = await node.api.show(id)
    return { data: record, text: (style) => renderRecord(record, style) }
  },
})

type Field = readonly [string, Cell]

function renderRecord(record: RecordDetail, style: Style): string {
  const title = (text: string): string => `\n${paint(style, 'bold', text)}\n`
  const proof = proofFields(record)
  const stix = JSON.stringify(record.stix, undefined, 2).split('\n').map(printable).join('\n')
  return [
    renderFields(headFields(record), style),
    title('life'),
    renderTimeline(record, style),
    ...(proof.length === 0 ? [] : [title('proof'), renderFields(proof, style)]),
    ...(record.stix === null ? [] : [title('object'), `${stix}\n`]),
  ].join('')
}

function headFields(record: RecordDetail): readonly Field[] {
  const { life, published, arrived, sequence } = record
  const warnings = [...flagTexts(record.flags), ...doubtTexts(life.feedback)]
  const support = supportText(life.feedback)
  const others = record.versions.length - life.versions.length
  return [
    ['record', record.record],
    ...(record.stixId === '' ? [] : [['object', record.stixId] as const]),
    ...(record.type === '' ? [] : [['type', record.type] as const]),
    ['summary', record.summary],
    ['label', labelCell(record.tlp)],
    ['by', `${record.organisation.name} (${record.organisation.id})`],
    ...(published === undefined ? [] : [['published', minuteOf(published)] as const]),
    ...(arrived === undefined ? [] : [['arrived', `${minuteOf(arrived)}, as number ${sequence}`] as const]),
    ['expires', minuteOf(record.expires)],
    ...retractionFields(life),
    ...record.observables.map(({ type, value }): Field => [type, value]),
    ...warnings.map((text): Field => ['!', { text, colour: 'yellow' }]),
    ...(support === '' ? [] : [['members', support] as const]),
    ...(others > 0 && record.stixId !== ''
      ? [['versions', `${others} more, of other organisations`] as const]
      : []),
  ]
}

function retractionFields({ retraction }: RecordDetail['life']): readonly Field[] {
  if (retraction === undefined) return []
  const erased = retraction.isErased ? ', and erased here' : ''
  const text = `${minuteOf(retraction.at)} as ${retraction.reason}${erased}`
  return [
    ['taken back', { text, colour: 'red' }],
    ['tombstone', retraction.tombstone],
  ]
}

function proofFields(record: RecordDetail): readonly Field[] {
  const { certificates, log, root, header, author, chain } = record
  if (certificates === undefined || log === undefined) return []
  const inLog = log.index === undefined ? 'not yet in the log' : `entry ${log.index}`
  return [
    ['here because', record.releasedBy ?? ''],
    ['leaf', `${record.index} of ${record.batch}`],
    ['under root', root ?? ''],
    ...pathFields(record.path ?? []),
    ['header', header ?? ''],
    ['chain', `${chain}, as ${record.seq}`],
    ['signed by', author ?? ''],
    ...certificates.flatMap(({ subject, name, id, expires }): readonly Field[] => [
      [subject, `${name}, until ${minuteOf(expires)}`],
      ['', id],
    ]),
    ['ACO log', `${inLog} of ${log.size}, with root`],
    ['', log.root],
  ]
}

/** Three hashes a line, by their beginnings: who checks a path does so with the whole of it. */
function pathFields(path: readonly string[]): readonly Field[] {
  if (path.length === 0) return [['path', 'none: the only leaf']]
  const lines = path.flatMap((_, i) => (i % PATH_COLUMNS === 0 ? [path.slice(i, i + PATH_COLUMNS)] : []))
  return lines.map((line, i) => [i === 0 ? 'path' : '', line.map((hash) => hash.slice(0, 16)).join(' ')])
}

const PATH_COLUMNS = 3
