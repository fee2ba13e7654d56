import { readFile } from 'node:fs/promises'
import { type Command, defineCommand } from '../command.ts'
import { homeOf } from '../connect.ts'
import { HOME_OPTION, JSON_OPTION, PASSPHRASE_OPTION } from '../home-options.ts'
import { passphraseSource } from '../passphrase.ts'
import { membershipText } from '../output/membership.ts'
import { UsageError } from '../usage-error.ts'

/** Certificates, beacon, status list and register of a large cluster. */
const MAX_REPLY_BYTES = 4 * 1024 * 1024

/** `intelmesh install` */
export const installCommand: Command = defineCommand({
  name: 'install',
  summary: "install an ACO's reply to a request that went by file",
  about: [
    'Nothing in the file is believed but what hangs together below the fingerprint that you got from the ACO by another way.',
  ],
  args: [{ name: 'FILE', summary: 'the reply' }],
  options: {
    fingerprint: {
      kind: 'text',
      value: 'F',
      summary: 'of the ACO, 64 hexadecimal digits',
      required: 'give the fingerprint of the ACO, which `aco init` showed there',
    },
    'passphrase-file': PASSPHRASE_OPTION,
    json: JSON_OPTION,
    home: HOME_OPTION,
  },
  examples: [
    {
      line: 'intelmesh install bank-a.reply --fingerprint 4f1c…',
      about: 'With the fingerprint that the ACO read out:',
    },
  ],
  async run({ options, args: [file = ''] }, context) {
    const bytes = await readFile(file).catch(() => undefined)
    if (bytes === undefined || bytes.length > MAX_REPLY_BYTES)
      throw new UsageError(`${file} is no file with a reply`)
    const fingerprint = options.fingerprint.replace(/[\s:-]/g, '').toLowerCase()
    if (!/^[0-9a-f]{64}$/.test(fingerprint))
      throw new UsageError('--fingerprint: expected 64 hexadecimal digits')
    const node = await context.loadNode()
    const home = homeOf(options, context)
    const membership = await node.installMembership({
      home,
      bytes,
      fingerprint,
      passphrase: passphraseSource(options['passphrase-file'], context),
    })
    return { data: { home, ...membership }, text: (style) => membershipText(home, membership, style) }
  },
})
