import type { Scope } from '@intelmesh/node'
import { type Command, defineCommand } from '../../command.ts'
import { connect } from '../../connect.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { dayOf } from '../../output/records-table.ts'
import { printable } from '../../output/printable.ts'
import { present } from '../../present.ts'
import { UsageError } from '../../usage-error.ts'

const SCOPES: readonly Scope[] = ['read', 'publish', 'admin']

/** `intelmesh token create` */
export const createCommand: Command = defineCommand({
  name: 'create',
  summary: 'make a token for a person or a program, and print it once',
  about: [
    'The token opens the API of the node, which keeps only a hash of it. Each scope includes those before it: `read` looks things up and exports, `publish` publishes and takes back, `admin` makes tokens, reads the audit trail, backs up, and acts for an ACO.',
    'Whoever shows the token sees no record above its clearance, and is not told that there is one. What is done with it is in the audit trail under the name of the person.',
  ],
  args: [],
  options: {
    person: { kind: 'text', value: 'NAME', summary: 'whose token it is', required: 'whose token it is' },
    scope: { kind: 'text', value: 'S', summary: 'what it is for: read, publish or admin (default read)' },
    clearance: {
      kind: 'tlp',
      value: 'L',
      summary: 'the narrowest label that may be seen (default green; for admin that of the node)',
    },
    days: { kind: 'whole', value: 'N', summary: 'how long it is valid (default 90)' },
    ...ASKING_OPTIONS,
  },
  examples: [
    { line: 'intelmesh token create --person "Ann Example"', about: 'For an analyst who looks things up:' },
    {
      line: 'intelmesh token create --person feed-import --scope publish --days 365 > feed.token',
      about: 'For a script that publishes, into a file:',
    },
  ],
  async run({ options }, context) {
    const { person, scope, clearance, days } = options
    const scopes = scope === undefined ? undefined : scopesOf(scope)
    await using node = await connect(options, context)
    const made = await node.api.createToken({ person, ...present({ scopes, clearance, days }) })
    if (!options.json) {
      const seen = made.clearance.toUpperCase()
      context.terminal.err.write(
        `Token ${made.id} of ${printable(made.person)} for ${made.scopes.join(', ')}, up to ${seen}, until ${dayOf(made.expires)}.\nIt is shown this once. Use it as INTELMESH_TOKEN, or with --token-file FILE.\n`,
      )
    }
    return { data: made, text: () => `${made.token}\n` }
  },
})

function scopesOf(text: string): readonly Scope[] {
  return text.split(',').map((word) => {
    const scope = SCOPES.find((known) => known === word.trim())
    if (scope === undefined)
      throw new UsageError(`--scope: expected some of ${SCOPES.join(', ')}, got ${JSON.stringify(word)}`, {
        word,
        candidates: SCOPES,
      })
    return scope
  })
}
