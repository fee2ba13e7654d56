import { type Command, defineCommand } from '../command.ts'
import { HOME_OPTION, PASSPHRASE_OPTION } from '../home-options.ts'
import { LISTEN_OPTION, listenAddresses } from '../listen-option.ts'
import { serveNode } from '../serve-node.ts'

/** `intelmesh run` */
export const runCommand: Command = defineCommand({
  name: 'run',
  summary: 'run the node until it is stopped',
  about: [
    'SIGTERM and Ctrl-C stop it cleanly. Started with an IPC channel, it ends when its parent does. Logs go to standard error.',
  ],
  args: [],
  options: {
    listen: LISTEN_OPTION,
    'passphrase-file': PASSPHRASE_OPTION,
    json: { kind: 'flag', summary: 'print where it listens as one JSON document' },
    home: HOME_OPTION,
  },
  examples: [
    { line: 'intelmesh run', about: 'The node of ~/.intelmesh:' },
    { line: 'intelmesh run --home /srv/intelmesh --listen /ip4/0.0.0.0/tcp/0', about: 'On any free port:' },
    { line: 'intelmesh run --listen none', about: 'Behind a firewall, by outbound connections alone:' },
  ],
  async run({ options }, context) {
    const { listen } = options
    const flags =
      listen.length === 0 ? {} : { 'network.listen': { value: listenAddresses(listen), flag: '--listen' } }
    await serveNode({ ...options, flags }, context)
    return {}
  },
})
