import type { ActRequest, ActResult } from '@intelmesh/node'
import { REASONS, type Reason } from '@intelmesh/protocol'
import { type Command, defineCommand } from '../../command.ts'
import type { HomeChoice } from '../../connect.ts'
import type { CommandContext } from '../../context.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { printable } from '../../output/printable.ts'
import { present } from '../../present.ts'
import { connectAco } from './connect-aco.ts'

const WHO = {
  name: 'WHO',
  summary: 'an organisation id, a node key id (12 digits of it will do), or an exact name',
} as const

const REASON = {
  kind: 'choice',
  choices: REASONS,
  value: 'R',
  summary: 'why',
  required: `say why: ${REASONS.join(', ')}`,
} as const

/** `intelmesh aco revoke`, `suspend` and `reinstate` */
export const acoActCommands: readonly Command[] = [
  defineCommand({
    name: 'revoke',
    summary: 'put an organisation or one of its nodes out, for good',
    about: [
      'Members cut it off within seconds. What it published and this ACO holds stays; with --since only what this ACO held by then. Nothing it signs afterwards counts, whatever time it claims.',
    ],
    args: [WHO],
    options: {
      reason: REASON,
      since: { kind: 'ago', value: 'T', summary: 'do not count what this ACO came to hold after this time' },
      ...ASKING_OPTIONS,
    },
    examples: [
      { line: "intelmesh aco revoke 'Bank A' --reason ceased", about: 'A member that left:' },
      {
        line: 'intelmesh aco revoke 7c1e… --reason key-compromise --since 6h',
        about: 'A node whose key was stolen this morning:',
      },
    ],
    run: ({ options, args: [who = ''] }, context) =>
      act(
        { action: 'revoke', who, reason: options.reason, ...present({ since: options.since }) },
        options,
        context,
      ),
  }),
  defineCommand({
    name: 'suspend',
    summary: 'put an organisation or one of its nodes out for a while',
    args: [WHO],
    options: {
      reason: REASON,
      until: { kind: 'ahead', value: 'T', summary: 'when it ends by itself (default: at `aco reinstate`)' },
      ...ASKING_OPTIONS,
    },
    examples: [
      {
        line: "intelmesh aco suspend 'Bank A' --reason key-lost --until 2d",
        about: 'Until they have looked into it:',
      },
    ],
    run: ({ options, args: [who = ''] }, context) =>
      act(
        { action: 'suspend', who, reason: options.reason, ...present({ until: options.until }) },
        options,
        context,
      ),
  }),
  defineCommand({
    name: 'reinstate',
    summary: 'end a suspension',
    args: [WHO],
    options: ASKING_OPTIONS,
    examples: [{ line: "intelmesh aco reinstate 'Bank A'", about: 'All is well again:' }],
    run: ({ options, args: [who = ''] }, context) =>
      act({ action: 'reinstate', who, reason: UNSPECIFIED }, options, context),
  }),
]

const UNSPECIFIED: Reason = 'unspecified'

const DONE: Readonly<Record<ActRequest['action'], string>> = {
  revoke: 'revoked',
  suspend: 'suspended',
  reinstate: 'reinstated',
}

async function act(request: ActRequest, choice: HomeChoice, context: CommandContext) {
  await using connection = await connectAco(choice, context)
  const result = await connection.aco.act(request)
  return { data: result, text: () => actText(request, result) }
}

function actText({ action, who }: ActRequest, { nodes, statement, beacon, closedChains }: ActResult): string {
  const chains = closedChains === 0 ? '' : `, ${counted(closedChains, 'chain')} closed`
  return `${DONE[action]} ${printable(who)}: ${counted(nodes.length, 'node')}${chains} (statement ${statement}, beacon ${beacon})\n${nodes.map((node) => `  ${node}\n`).join('')}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
