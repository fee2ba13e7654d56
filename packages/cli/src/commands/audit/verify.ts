import type { AuditVerdict } from '@intelmesh/node'
import { type Command, defineCommand } from '../../command.ts'
import { connect } from '../../connect.ts'
import { EXIT } from '../../exit-codes.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { paint, type Style } from '../../output/style.ts'
import { present } from '../../present.ts'
import { UsageError } from '../../usage-error.ts'

/** `intelmesh audit verify` */
export const verifyCommand: Command = defineCommand({
  name: 'verify',
  summary: 'check that no entry of the audit trail was changed, taken out or put in',
  about: [
    'Every entry names the one before by its hash. Whoever may write to the disk of the node could make a whole new trail: note the head that this prints somewhere else, and give it with --head later. As long as it is an entry of the trail, all that came before it is as it was.',
    'Exit code 1 when something does not hold.',
  ],
  args: [],
  options: {
    head: { kind: 'text', value: 'HASH', summary: 'a head that was noted elsewhere' },
    ...ASKING_OPTIONS,
  },
  examples: [
    { line: 'intelmesh audit verify', about: 'Is the trail whole?' },
    {
      line: 'intelmesh audit verify --head "$(cat head-of-last-month)"',
      about: 'Is it still the same trail?',
    },
  ],
  async run({ options }, context) {
    const head = options.head?.trim().toLowerCase()
    if (head !== undefined && !/^[0-9a-f]{64}$/.test(head))
      throw new UsageError('--head: expected the 64 hexadecimal digits that `audit verify` prints')
    await using node = await connect(options, context)
    const verdict = await node.api.verifyAudit(present({ head }))
    return {
      data: verdict,
      text: (style) => verdictText(verdict, head, style),
      exit: verdict.isIntact ? EXIT.done : EXIT.failed,
    }
  },
})

function verdictText(verdict: AuditVerdict, wanted: string | undefined, style: Style): string {
  const { isIntact, brokenAt, headAt, entries, head } = verdict
  if (brokenAt !== undefined)
    return `${paint(style, 'red', 'broken')}: entry ${brokenAt} of ${entries} was changed, or is gone\n`
  if (!isIntact)
    return `${paint(style, 'red', 'broken')}: no entry has the hash ${wanted}: entries were cut off or made anew\n`
  const since = headAt === undefined ? '' : `the head that was noted is entry ${headAt}\n`
  return `${paint(style, 'green', 'intact')}: ${entries} entries\n${since}head ${head}\n`
}
