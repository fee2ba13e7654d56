import type { StoreView } from '@intelmesh/node'
import { type Command, defineCommand } from '../../command.ts'
import { connect } from '../../connect.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { sizeText } from '../../output/backup.ts'
import { minuteOf } from '../../output/records-table.ts'
import type { Style } from '../../output/style.ts'
import { renderFields, renderTable } from '../../output/table.ts'

/** `intelmesh store stats` */
export const statsCommand: Command = defineCommand({
  name: 'stats',
  summary: 'show what is in the store, and what it takes',
  about: ['Reads every key: with millions of records it takes some seconds. The node may run meanwhile.'],
  args: [],
  options: ASKING_OPTIONS,
  examples: [{ line: 'intelmesh store stats', about: 'Of the node of ~/.intelmesh, running or not:' }],
  async run({ options }, context) {
    await using node = await connect(options, context)
    const stats = await node.api.storeStats()
    return { data: stats, text: (style) => renderStats(stats, style) }
  },
})

function renderStats({ bytes, spare, sets, tables }: StoreView, style: Style): string {
  const total = renderFields(
    [
      ['on disk', sizeText(bytes)],
      ['to regain', spare === 0 ? 'nothing' : `some ${sizeText(spare)}: see intelmesh store compact`],
    ],
    style,
  )
  const setRows = sets.map(({ set, count, oldest, newest, floor }) => [
    set,
    String(count),
    ...[oldest, newest, floor].map((at) => (at === undefined ? '' : minuteOf(at))),
  ])
  const tableRows = tables
    .toSorted((a, b) => b.bytes - a.bytes)
    .map(({ name, rows, bytes: size }) => [name, String(rows), sizeText(size)])
  return [
    total,
    renderTable(titled('set', 'records', 'oldest', 'newest', 'keeps from'), setRows, style),
    renderTable(titled('table', 'rows', 'bytes'), tableRows, style),
  ].join('\n')
}

function titled(...titles: readonly string[]): readonly { readonly title: string }[] {
  return titles.map((title) => ({ title }))
}
