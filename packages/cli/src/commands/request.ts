import { writeFile } from 'node:fs/promises'
import { type Command, defineCommand } from '../command.ts'
import { homeOf } from '../connect.ts'
import { HOME_OPTION, JSON_OPTION, PASSPHRASE_OPTION } from '../home-options.ts'
import { LISTEN_OPTION, listenSetting } from '../listen-option.ts'
import { shellWord } from '../output/membership.ts'
import { printable } from '../output/printable.ts'
import { chooseProtection } from '../passphrase.ts'

/** `intelmesh request` */
export const requestCommand: Command = defineCommand({
  name: 'request',
  summary: 'write a request for membership into a file, for an ACO that is not on the network',
  about: [
    'Makes the key of this node. Take the file to the ACO, and install its reply with `intelmesh install`.',
  ],
  args: [{ name: 'FILE', summary: 'where the request goes' }],
  options: {
    org: {
      kind: 'text',
      value: 'NAME',
      summary: 'how the organisation calls itself',
      required: 'say how the organisation calls itself',
    },
    listen: LISTEN_OPTION,
    'passphrase-file': {
      ...PASSPHRASE_OPTION,
      summary: 'protect the key by the passphrase in this file, or on standard input',
    },
    json: JSON_OPTION,
    home: HOME_OPTION,
  },
  examples: [
    { line: "intelmesh request bank-a.request --org 'Bank A'", about: 'A request to carry to the ACO:' },
  ],
  async run({ options, args: [file = ''] }, context) {
    const passphraseFile = options['passphrase-file']
    const protection = await chooseProtection({ passphraseFile, isPlain: false, otherwise: 'plain' }, context)
    const node = await context.loadNode()
    const home = homeOf(options, context)
    const settings = listenSetting(options.listen)
    const request = await node.requestMembership({ home, name: options.org, settings, protection })
    await writeFile(file, request.bytes, { flag: 'wx' })
    return {
      data: { home, node: request.node, file },
      text: () =>
        `The request is in ${printable(file)}. Take it to the ACO and read this key to them:\n  ${request.node}\nInstall the reply with:\n  intelmesh install REPLY --fingerprint FINGERPRINT --home ${shellWord(home)}\n`,
    }
  },
})
