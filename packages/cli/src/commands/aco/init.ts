import { type Command, defineCommand } from '../../command.ts'
import { homeOf } from '../../connect.ts'
import { HOME_OPTION, JSON_OPTION, PASSPHRASE_OPTION } from '../../home-options.ts'
import { LISTEN_OPTION, listenSetting } from '../../listen-option.ts'
import type { AcoIdentity } from '@intelmesh/node'
import { shellWord } from '../../output/membership.ts'
import { printable } from '../../output/printable.ts'
import { paint, type Style } from '../../output/style.ts'
import { renderFields } from '../../output/table.ts'
import { chooseProtection } from '../../passphrase.ts'
import { present } from '../../present.ts'
import { UsageError } from '../../usage-error.ts'

/** `intelmesh aco init` */
export const initCommand: Command = defineCommand({
  name: 'init',
  summary: 'found a cluster: make the root and operator keys of its ACO',
  about: [
    'The root key vouches for everything; the operator key, which it certifies, does the daily work. With --offline-root the root key goes into another place, such as a stick that is then put away.',
    'The keys are protected by a passphrase, which is asked for twice or read from a file, or with --key-file by the mode of the file alone.',
  ],
  args: [],
  options: {
    name: {
      kind: 'text',
      value: 'N',
      summary: 'what the ACO is called',
      required: 'say what the ACO is called',
    },
    cluster: {
      kind: 'text',
      value: 'C',
      summary: '<sector>.<region>, such as finance.eu',
      required: 'say which cluster it is for, such as finance.eu',
    },
    'offline-root': {
      kind: 'text',
      value: 'FILE',
      summary: 'where the root key goes instead of into the home',
    },
    'passphrase-file': {
      ...PASSPHRASE_OPTION,
      summary: 'protect the keys by the passphrase in this file, or on standard input',
    },
    'key-file': {
      kind: 'flag',
      summary: 'keep the keys without passphrase, in files that only their owner may read',
    },
    listen: LISTEN_OPTION,
    json: JSON_OPTION,
    home: HOME_OPTION,
  },
  examples: [
    { line: "intelmesh aco init --name 'Finance ACO' --cluster finance.eu", about: 'Asks for a passphrase:' },
    {
      line: 'intelmesh aco init --name ACO --cluster finance.eu --offline-root /media/stick/root.key',
      about: 'With the root key on a stick:',
    },
    {
      line: 'intelmesh aco init --name ACO --cluster finance.eu --key-file --home ./aco',
      about: 'To try things out:',
    },
  ],
  async run({ options }, context) {
    if (
      !/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(options.cluster) ||
      options.cluster.length > 64
    ) {
      throw new UsageError('--cluster: expected <sector>.<region> in small letters, such as finance.eu')
    }
    const protection = await chooseProtection(
      { passphraseFile: options['passphrase-file'], isPlain: options['key-file'], otherwise: 'ask' },
      context,
    )
    const node = await context.loadNode()
    const home = homeOf(options, context)
    const aco = await node.createAco({
      home,
      name: options.name,
      cluster: options.cluster,
      protection,
      settings: listenSetting(options.listen),
      ...present({ offlineRoot: options['offline-root'] }),
    })
    return { data: { home, ...aco }, text: (style) => renderAco(home, aco, style) }
  },
})

function renderAco(home: string, aco: AcoIdentity, style: Style): string {
  const fields = renderFields(
    [
      ['cluster', aco.cluster],
      ['organisation', `${aco.organisation.name} (${aco.organisation.id})`],
      ['node', aco.node],
      ['root key', aco.rootKey],
      ['fingerprint', { text: aco.fingerprint, colour: 'bold' }],
    ],
    style,
  )
  const word = shellWord(home)
  return [
    `${paint(style, 'bold', printable(aco.organisation.name))} is the ACO of ${printable(aco.cluster)}.`,
    `${fields}Tell members the fingerprint: by it they know this ACO. Next:`,
    `  intelmesh aco serve --home ${word}`,
    `  intelmesh aco invite --org NAME --home ${word}`,
    '',
  ].join('\n')
}
