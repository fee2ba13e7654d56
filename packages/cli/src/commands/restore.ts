import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, defineCommand } from '../command.ts'
import { homeOf } from '../connect.ts'
import { HOME_OPTION, JSON_OPTION } from '../home-options.ts'
import { backupText, restoredText } from '../output/backup.ts'
import { printable } from '../output/printable.ts'
import { UsageError } from '../usage-error.ts'

/** `intelmesh restore` */
export const restoreCommand: Command = defineCommand({
  name: 'restore',
  summary: 'make a home of a backup, or check that one could be made',
  about: [
    'Nothing appears in the home before all of the backup was read and found whole. The node that the backup is of must not run any more.',
    'What was published since comes back from the other members. With --check the store is built beside the backup and taken away again, and no key is written anywhere.',
  ],
  args: [{ name: 'FILE', summary: 'what `intelmesh backup` wrote' }],
  options: {
    check: { kind: 'flag', summary: 'read and check everything, and leave nothing' },
    json: JSON_OPTION,
    home: HOME_OPTION,
  },
  examples: [
    { line: 'intelmesh restore /backup/intelmesh.backup --check', about: 'Whether a backup is any good:' },
    {
      line: 'intelmesh restore /backup/intelmesh.backup --home /var/lib/intelmesh',
      about: 'Into a folder that is empty or not there yet:',
    },
  ],
  async run({ options, args: [file = ''] }, context) {
    const { checkBackup, restoreHome } = await context.loadNode()
    const path = resolve(file)
    const found = await stat(path).catch(() => undefined)
    if (found?.isDirectory() === true) throw new UsageError(`${file} is a folder: name the backup in it`)
    if (options.check) {
      const summary = await checkBackup(path, context.signal)
      return { data: summary, text: (style) => `${printable(path)} is whole\n${backupText(summary, style)}` }
    }
    const restored = await restoreHome(path, homeOf(options, context), context.signal)
    return { data: restored, text: (style) => restoredText(restored, context.now(), style) }
  },
})
