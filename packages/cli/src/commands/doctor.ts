import type { Diagnosis } from '@intelmesh/node'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { EXIT } from '../exit-codes.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { printable } from '../output/printable.ts'
import { type Colour, paint } from '../output/style.ts'

const COLOUR_OF_STATE: Readonly<Record<Diagnosis['state'], Colour>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
}

/** `intelmesh doctor` */
export const doctorCommand: Command = defineCommand({
  name: 'doctor',
  summary: 'check clock, ports, disk, certificate and freshness, and say what to do',
  about: ['Exits 1 when a check failed; a warning alone does not count as a failure.'],
  args: [],
  options: ASKING_OPTIONS,
  examples: [{ line: 'intelmesh doctor', about: 'Whether anything needs attention:' }],
  async run({ options }, context) {
    await using node = await connect(options, context)
    const checks = await node.api.doctor()
    const hasFailed = checks.some(({ state }) => state === 'failed')
    return {
      data: checks,
      exit: hasFailed ? EXIT.failed : EXIT.done,
      text: (style) =>
        checks
          .map(({ check, state, detail, remedy }) => {
            const line = `${paint(style, COLOUR_OF_STATE[state], state.padEnd(7))}  ${printable(check)}: ${printable(detail)}\n`
            return remedy === undefined ? line : `${line}         ${printable(remedy)}\n`
          })
          .join(''),
    }
  },
})
