import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { EXIT } from '../exit-codes.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { recordsTable } from '../output/records-table.ts'
import { present } from '../present.ts'

/** `intelmesh records` */
export const recordsCommand: Command = defineCommand({
  name: 'records',
  summary: 'list records in the order in which they arrived',
  about: ['Exits 3 when no record matches.'],
  args: [],
  options: {
    type: { kind: 'text', value: 'TYPE', summary: 'only this STIX type, such as indicator' },
    tlp: { kind: 'tlp', value: 'L', summary: 'only this label' },
    by: { kind: 'text', value: 'ORG', summary: 'only of this organisation: its id or exact name' },
    stix: { kind: 'text', value: 'ID', summary: 'only versions of this STIX id' },
    after: { kind: 'whole', value: 'N', summary: 'only what arrived after this place in the order' },
    limit: { kind: 'whole', value: 'N', summary: 'at most so many, up to 1000 (default 100)' },
    ...ASKING_OPTIONS,
  },
  examples: [
    { line: 'intelmesh records --type indicator --limit 20', about: 'Twenty indicators:' },
    {
      line: "intelmesh records --by 'Bank A' --json",
      about: 'What one organisation published, for a program:',
    },
  ],
  async run({ options }, context) {
    const { type, tlp, by, after, limit } = options
    await using node = await connect(options, context)
    const page = await node.api.records(present({ type, tlp, by, stixId: options.stix, after, limit }))
    return {
      data: page,
      exit: page.records.length === 0 ? EXIT.notFound : EXIT.done,
      text(style) {
        if (page.records.length === 0) return 'no record matches\n'
        const more = page.next === undefined ? '' : `; go on with --after ${page.next}`
        return `${recordsTable(page.records, style)}${page.records.length} shown, of ${page.total} held${more}\n`
      },
    }
  },
})
