import { resolve } from 'node:path'
import { type CommandGroup, defineCommand } from '../command.ts'
import { homeOf } from '../connect.ts'
import { HOME_OPTION } from '../home-options.ts'
import { lastingProgram } from '../package-files.ts'
import { systemdUnit } from '../service/systemd-unit.ts'

const DEFAULT_USER = 'intelmesh'

/** `intelmesh service …` */
export const serviceCommands: CommandGroup = {
  name: 'service',
  summary: 'run the node as a service of the system',
  commands: [
    defineCommand({
      name: 'print',
      summary: 'print a hardened systemd unit that runs the node of a home',
      about: [
        'The unit runs this very program as a user without privileges, who may write to the home and nowhere else. Nothing is installed: put what it prints into a file.',
        'A passphrase file is handed over as a credential: root reads it when the service starts, and the service gets a copy that nobody else sees.',
      ],
      args: [],
      options: {
        user: {
          kind: 'text',
          value: 'USER',
          summary: `who runs it and owns the home (default: ${DEFAULT_USER})`,
        },
        exec: { kind: 'text', value: 'PATH', summary: 'the program (default: this one, with its Node)' },
        aco: { kind: 'flag', summary: 'run `aco serve` instead of `run`' },
        'passphrase-file': {
          kind: 'text',
          value: 'FILE',
          summary: 'the passphrase of the key, if it has one',
        },
        home: HOME_OPTION,
      },
      examples: [
        {
          line: 'intelmesh service print --home /var/lib/intelmesh',
          about: 'For a file such as /etc/systemd/system/intelmesh.service:',
        },
        {
          line: 'intelmesh service print --aco --home /var/lib/intelmesh --passphrase-file /etc/intelmesh/passphrase',
          about: 'For an ACO, whose operator key has a passphrase:',
        },
      ],
      run({ options }, context) {
        const passphraseFile = options['passphrase-file']
        const unit = systemdUnit({
          // A service finds neither a shell's PATH nor a version manager's Node.
          program: options.exec === undefined ? lastingProgram() : [resolve(options.exec)],
          home: homeOf(options, context),
          user: options.user ?? DEFAULT_USER,
          isAco: options.aco,
          ...(passphraseFile === undefined ? {} : { passphraseFile }),
        })
        return Promise.resolve({ text: () => unit })
      },
    }),
  ],
}
