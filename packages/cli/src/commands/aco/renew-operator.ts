import { type Command, defineCommand } from '../../command.ts'
import { homeAccess, homeOf } from '../../connect.ts'
import { HOME_OPTION, JSON_OPTION, PASSPHRASE_OPTION } from '../../home-options.ts'
import { minuteOf } from '../../output/records-table.ts'
import { passphraseSource } from '../../passphrase.ts'
import { UsageError } from '../../usage-error.ts'

const DEFAULT_DAYS = 365

/** `intelmesh aco renew-operator` */
export const renewOperatorCommand: Command = defineCommand({
  name: 'renew-operator',
  summary: "have the root sign the operator's next certificate",
  about: [
    'The one act that needs the root key, once a year: fetch it, renew, and put it away again. Stop `aco serve` for it; members hear of it at the next start.',
  ],
  args: [],
  options: {
    'root-key': {
      kind: 'text',
      value: 'FILE',
      summary: 'the key of the root (default: root.key in the home)',
    },
    'root-passphrase-file': {
      kind: 'text',
      value: 'FILE',
      summary: 'read the passphrase of the root key from this file, if it is not that of the operator key',
    },
    days: {
      kind: 'whole',
      value: 'D',
      summary: `how long the certificate is valid (default ${DEFAULT_DAYS})`,
    },
    'passphrase-file': PASSPHRASE_OPTION,
    json: JSON_OPTION,
    home: HOME_OPTION,
  },
  examples: [
    {
      line: 'intelmesh aco renew-operator --root-key /media/stick/root.key --home /var/lib/intelmesh',
      about: 'With the root key on a stick:',
    },
  ],
  async run({ options }, context) {
    const { homePaths, renewOperator } = await context.loadNode()
    const days = options.days ?? DEFAULT_DAYS
    if (days < 1) throw new UsageError('--days: expected 1 or more')
    const access = await homeAccess(options, context)
    let given: Promise<Uint8Array> | undefined
    // `aco init` puts both keys under one passphrase: who is asked for it types it once.
    const passphrase = (): Promise<Uint8Array> => (given ??= access.passphrase())
    const file = options['root-passphrase-file']
    const result = await renewOperator({
      ...access,
      passphrase,
      rootKey: options['root-key'] ?? homePaths(homeOf(options, context)).rootKey,
      rootPassphrase: file === undefined ? passphrase : passphraseSource(file, context),
      days,
    })
    return {
      data: result,
      text: () =>
        `the operator certificate is valid until ${minuteOf(result.expires)}. Put the root key away.\n`,
    }
  },
})
