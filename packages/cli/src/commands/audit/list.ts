import type { AuditAction, AuditEntry } from '@intelmesh/node'
import { type Command, defineCommand } from '../../command.ts'
import { connect } from '../../connect.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { minuteOf } from '../../output/records-table.ts'
import { renderList } from '../../output/table.ts'
import { present } from '../../present.ts'

/** A table, so that no action can be left out. */
const ACTIONS: Readonly<Record<AuditAction, true>> = {
  publish: true,
  amend: true,
  comment: true,
  retract: true,
  read: true,
  export: true,
  backup: true,
  import: true,
  token: true,
  aco: true,
  inbox: true,
  configuration: true,
  trust: true,
  refused: true,
}

/** `intelmesh audit list` */
export const listCommand: Command = defineCommand({
  name: 'list',
  summary: 'list the audit trail, newest first',
  about: [
    'Each entry says when, who (`local` is whoever runs commands on the home itself, `node` the node), with which token, and what. What one reads again within a minute is one entry, with how often.',
  ],
  args: [],
  options: {
    action: {
      kind: 'choice',
      choices: Object.keys(ACTIONS) as readonly AuditAction[],
      value: 'A',
      summary: 'only what was done in this way',
    },
    person: { kind: 'text', value: 'NAME', summary: 'only of this person' },
    before: { kind: 'whole', value: 'N', summary: 'only entries before this number' },
    limit: { kind: 'whole', value: 'N', summary: 'at most so many (default 100)' },
    ...ASKING_OPTIONS,
  },
  examples: [
    { line: 'intelmesh audit list --person "Ann Example"', about: 'What somebody did:' },
    { line: 'intelmesh audit list --action token', about: 'Who got access, and who lost it:' },
  ],
  async run({ options }, context) {
    const { action, person, before, limit } = options
    await using node = await connect(options, context)
    const entries = await node.api.audit(present({ action, person, before, limit }))
    return {
      data: entries,
      text: (style) =>
        renderList(
          [
            { title: 'number' },
            { title: 'at' },
            { title: 'person', least: 8 },
            { title: 'token', least: 8 },
            { title: 'action' },
            { title: 'detail', least: 16 },
          ],
          entries.map((entry) => [
            String(entry.number),
            minuteOf(entry.at),
            entry.person,
            entry.token ?? '',
            entry.action === 'refused' ? { text: entry.action, colour: 'red' } : entry.action,
            detailText(entry.detail),
          ]),
          'nothing was noted',
          style,
        ),
    }
  },
})

function detailText(detail: AuditEntry['detail']): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : String(value)}`)
    .join(' ')
}
