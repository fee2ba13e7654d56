import type { InboxItem } from '@intelmesh/node'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { minuteOf } from '../output/records-table.ts'
import { shellWord } from '../output/membership.ts'
import { printable } from '../output/printable.ts'
import { paint, type Style } from '../output/style.ts'
import { UsageError } from '../usage-error.ts'

/** `intelmesh inbox` */
export const inboxCommand: Command = defineCommand({
  name: 'inbox',
  summary: 'list what other members said of the own records and nobody has dealt with yet',
  about: [
    'What speaks against a record comes first: sightings that call it a false positive, and opinions that disagree. Notes and other opinions follow. Who merely saw the same is counted by `lookup` and `show`.',
    'An item leaves the list when its record is taken back or changed, when whoever said it takes it back, or with `done`.',
  ],
  args: [
    { name: 'done', summary: 'put items aside, by their ids', isOptional: true },
    { name: 'ID', summary: 'the id that an item is listed under', isOptional: true, repeats: true },
  ],
  options: ASKING_OPTIONS,
  examples: [
    { line: 'intelmesh inbox', about: 'What there is to do:' },
    { line: 'intelmesh inbox done 9f86d081884c7d65', about: 'One item is dealt with:' },
  ],
  async run({ options, args: [action, ...ids] }, context) {
    if (action !== undefined && (action !== 'done' || ids.length === 0))
      throw new UsageError('expected nothing, or done and the ids of items')
    await using node = await connect(options, context)
    if (action === undefined) {
      const items = await node.api.inbox()
      return { data: items, text: (style) => renderItems(items, homeWords(options.home), style) }
    }
    const settled: InboxItem[] = []
    for (const id of ids) settled.push(await node.api.settle(id))
    return { data: settled, text: () => settled.map(renderSettled).join('') }
  },
})

/** More is read page by page by nobody: the rest shows once these are done. */
const MAX_SHOWN = 50

/** So that a line can be copied: what it works on is named as it was for this one. */
function homeWords(home: string | undefined): string {
  return home === undefined ? '' : printable(` --home ${shellWord(home)}`)
}

function renderItems(items: readonly InboxItem[], home: string, style: Style): string {
  if (items.length === 0) return 'the inbox is empty\n'
  const shown = items.slice(0, MAX_SHOWN).map((item) => renderItem(item, home, style))
  const more = items.length > MAX_SHOWN ? [`and ${items.length - MAX_SHOWN} more\n`] : []
  return [...shown, ...more].join('\n')
}

function renderItem({ record, about, ...item }: InboxItem, home: string, style: Style): string {
  const head = `${minuteOf(item.at)}  ${item.kind} by ${printable(item.organisation.name)}`
  const said = `${item.isNegative ? '! ' : '  '}${printable(item.summary)}`
  return [
    paint(style, 'bold', head),
    item.isNegative ? paint(style, 'yellow', said) : said,
    `  about ${printable(about.summary)}`,
    ...(item.isNegative
      ? [
          paint(
            style,
            'dim',
            `  intelmesh retract ${about.record.slice(0, DIGITS)} --reason false-positive${home}`,
          ),
        ]
      : [paint(style, 'dim', `  intelmesh show ${about.record.slice(0, DIGITS)}${home}`)]),
    paint(style, 'dim', `  intelmesh inbox done ${record.slice(0, DIGITS)}${home}`),
    '',
  ].join('\n')
}

function renderSettled({ record, kind, organisation }: InboxItem): string {
  return `done: ${kind} ${record.slice(0, DIGITS)} by ${printable(organisation.name)}\n`
}

/** Digits of an id that nobody else's shares by chance. */
const DIGITS = 16
