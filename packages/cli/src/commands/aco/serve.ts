import { type Command, defineCommand } from '../../command.ts'
import { HOME_OPTION, PASSPHRASE_OPTION } from '../../home-options.ts'
import { LISTEN_OPTION, listenAddresses } from '../../listen-option.ts'
import { serveNode } from '../../serve-node.ts'

/** `intelmesh aco serve` */
export const serveCommand: Command = defineCommand({
  name: 'serve',
  summary: "run the ACO's node and its enrolment service until stopped",
  about: [
    'Newcomers reach the enrolment service at the public URLs, which go into the invites. Plain HTTP is safe there: requests and replies prove themselves.',
  ],
  args: [],
  options: {
    'public-url': {
      kind: 'text',
      value: 'URL',
      repeats: true,
      summary: 'where newcomers reach the enrolment service',
    },
    local: { kind: 'flag', summary: 'put loopback addresses into invites, to try things out on one machine' },
    listen: LISTEN_OPTION,
    'passphrase-file': PASSPHRASE_OPTION,
    json: { kind: 'flag', summary: 'print where it listens as one JSON document' },
    home: HOME_OPTION,
  },
  examples: [
    { line: 'intelmesh aco serve --public-url https://aco.example:4651', about: 'For members anywhere:' },
    { line: 'intelmesh aco serve --local --home ./aco', about: 'For members on this machine:' },
  ],
  async run({ options }, context) {
    const { listen, local } = options
    const urls = options['public-url']
    const flags = {
      ...(listen.length === 0
        ? {}
        : { 'network.listen': { value: listenAddresses(listen), flag: '--listen' } }),
      ...(urls.length === 0 ? {} : { 'enrolment.public_urls': { value: urls, flag: '--public-url' } }),
      ...(local ? { 'enrolment.local': { value: true, flag: '--local' } } : {}),
    }
    await serveNode({ ...options, flags }, context)
    return {}
  },
})
