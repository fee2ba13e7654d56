import type { NodeApi } from '@intelmesh/node'
import { RETRACTION_REASONS } from '@intelmesh/protocol'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { EXIT } from '../exit-codes.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { printable } from '../output/printable.ts'

/** `intelmesh retract` */
export const retractCommand: Command = defineCommand({
  name: 'retract',
  summary: 'take records of the own organisation back',
  about: [
    'Any node of the organisation may take back what another one of it published. Exits 4 when one was refused.',
  ],
  args: [
    {
      name: 'ID',
      summary: 'a record id, or a STIX id, which takes all own versions of the object back',
      repeats: true,
    },
  ],
  options: {
    reason: {
      kind: 'choice',
      choices: RETRACTION_REASONS,
      value: 'R',
      summary: 'why, said to everybody who holds it',
      required: `say why: ${RETRACTION_REASONS.join(', ')}`,
    },
    ...ASKING_OPTIONS,
  },
  examples: [
    {
      line: 'intelmesh retract indicator--6a1b7a5c-0f5e-4a39-8a5d-0d4c3a0a6b11 --reason false-positive',
      about: 'An indicator that was wrong:',
    },
  ],
  async run({ options, args }, context) {
    await using node = await connect(options, context)
    const ids = (await Promise.all(args.map((id) => ownVersions(node.api, id)))).flat()
    const result = await node.api.retract({ ids, reason: options.reason })
    return {
      data: result,
      exit: result.refused.length > 0 ? EXIT.refused : EXIT.done,
      text: () =>
        [
          ...result.retracted.map(({ record }) => `retracted ${record}\n`),
          ...result.refused.map(
            ({ id, code, reason }) => `refused ${printable(id)}: ${printable(reason)} (${code})\n`,
          ),
        ].join(''),
    }
  },
})

/** Record ids of the own versions of a STIX object that still stand; anything else is left to the node to judge. */
async function ownVersions(api: NodeApi, id: string): Promise<readonly string[]> {
  if (!id.includes('--')) return [id]
  const { organisation } = await api.status()
  const { records } = await api.records({ stixId: id, by: organisation.id, limit: MAX_VERSIONS })
  return records.length === 0 ? [id] : records.map(({ record }) => record)
}

const MAX_VERSIONS = 1000
