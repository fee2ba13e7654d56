import type { NodeStatus } from '@intelmesh/node'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { labelCell, minuteOf } from '../output/records-table.ts'
import type { Style } from '../output/style.ts'
import { renderSync } from '../output/sync-table.ts'
import { type Cell, renderFields } from '../output/table.ts'

/** `intelmesh status` */
export const statusCommand: Command = defineCommand({
  name: 'status',
  summary: 'show who this node is and how it is doing',
  args: [],
  options: ASKING_OPTIONS,
  examples: [
    { line: 'intelmesh status', about: 'The node of ~/.intelmesh, running or not:' },
    { line: 'intelmesh status --json | jq .isInSync', about: 'One value of it, for a script:' },
  ],
  async run({ options }, context) {
    await using node = await connect(options, context)
    const status = await node.api.status()
    return { data: status, text: (style) => renderStatus(status, style) }
  },
})

function renderStatus(status: NodeStatus, style: Style): string {
  const { aco, certificate, log } = status
  const sets = Object.entries(status.sets).map(([name, { count, root }]): [string, Cell] => [
    `set ${name}`,
    `${count} (root ${root.slice(0, 16)})`,
  ])
  const fields = renderFields(
    [
      ['organisation', `${status.organisation.name} (${status.organisation.id})`],
      ['cluster', status.cluster],
      ['node', status.node],
      ['kind', [status.kind, ...status.roles].join(', ')],
      ['clearance', labelCell(status.clearance)],
      ['certificate', `${certificate.standing}, until ${minuteOf(certificate.expires)}`],
      [
        'running',
        status.isRunning ? `yes${status.pid === undefined ? '' : `, process ${status.pid}`}` : 'no',
      ],
      ['addresses', status.addresses.join(' ') || 'none'],
      ['peers', String(status.peers)],
      ['in sync', goodOrBad(status.isInSync, status.isInSync ? 'yes' : 'not yet')],
      ['records', String(status.records)],
      [
        'inbox',
        goodOrBad(status.inbox === 0, status.inbox === 0 ? 'empty' : `${status.inbox}: see intelmesh inbox`),
      ],
      ...sets,
      ['ACO', aco.fingerprint],
      [
        'beacon',
        goodOrBad(aco.isFresh, `${aco.beacon} of ${minuteOf(aco.at)}${aco.isFresh ? '' : ', stale'}`),
      ],
      ['log', goodOrBad(log.state !== 'inconsistent', `${log.state}, ${log.size} entries`)],
      ...(status.upgradeNeeded
        ? [['upgrade', { text: 'needed: a peer speaks a later version', colour: 'yellow' }] as const]
        : []),
      ['version', status.version],
    ],
    style,
  )
  return fields + renderSync(status, style)
}

function goodOrBad(isGood: boolean, text: string): Cell {
  return isGood ? text : { text, colour: 'yellow' }
}
