import type { RecordDetail } from '@intelmesh/node'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { labelCell, minuteOf } from '../output/records-table.ts'
import { printable } from '../output/printable.ts'
import type { Style } from '../output/style.ts'
import { type Cell, renderFields } from '../output/table.ts'

/** `intelmesh show` */
export const showCommand: Command = defineCommand({
  name: 'show',
  summary: 'show one record with its whole chain of proof',
  about: ['Exits 3 when there is no such record.'],
  args: [{ name: 'ID', summary: 'a record id, or a STIX id, which finds its newest version' }],
  options: ASKING_OPTIONS,
  examples: [
    {
      line: 'intelmesh show indicator--6a1b7a5c-0f5e-4a39-8a5d-0d4c3a0a6b11',
      about: 'The newest version of an object:',
    },
    {
      line: 'intelmesh show 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      about: 'Exactly one record:',
    },
  ],
  async run({ options, args: [id = ''] }, context) {
    await using node = await connect(options, context)
    const record = await node.api.show(id)
    return { data: record, text: (style) => renderRecord(record, style) }
  },
})

function renderRecord(record: RecordDetail, style: Style): string {
  const { log } = record
  const certificates = record.certificates.map((certificate): [string, Cell] => [
    `${certificate.subject} certificate`,
    `${certificate.name}, ${certificate.id}, until ${minuteOf(certificate.expires)}`,
  ])
  const fields = renderFields(
    [
      ['record', record.record],
      ['object', `${record.stixId} (${record.type})`],
      ['label', labelCell(record.tlp)],
      ['by', `${record.organisation.name} (${record.organisation.id})`],
      ['published', minuteOf(record.published)],
      ['arrived', `${minuteOf(record.arrived)}, as number ${record.sequence}`],
      ['expires', minuteOf(record.expires)],
      ...(record.retractedBy === undefined
        ? []
        : [['retracted by', { text: record.retractedBy, colour: 'red' }] as const]),
      ['here because', record.releasedBy],
      ...record.observables.map(({ type, value }): [string, Cell] => [type, value]),
      ['leaf', `${record.index} of ${record.batch} under ${record.root}`],
      ['path', record.path.map((hash) => hash.slice(0, 16)).join(' ') || 'none: the only leaf'],
      ['header', `${record.header}, ${record.seq} of chain ${record.chain}`],
      ['signed by', record.author],
      ...certificates,
      [
        'log',
        `${log.index === undefined ? 'not yet in the log' : `entry ${log.index}`} of ${log.size}, root ${log.root}`,
      ],
      ['versions', record.versions.join(' ')],
    ],
    style,
  )
  const stix = JSON.stringify(record.stix, undefined, 2).split('\n').map(printable).join('\n')
  return `${fields}\n${stix}\n`
}
