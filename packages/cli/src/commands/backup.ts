import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { codeOf } from '@intelmesh/protocol'
import { type Command, defineCommand } from '../command.ts'
import { connect, homeOf } from '../connect.ts'
import { HOME_OPTION, JSON_OPTION, PASSPHRASE_OPTION } from '../home-options.ts'
import { sizeText, writtenText } from '../output/backup.ts'
import { createProgress } from '../output/progress.ts'
import { UsageError } from '../usage-error.ts'

/** `intelmesh backup` */
export const backupCommand: Command = defineCommand({
  name: 'backup',
  summary: 'write keys, certificates, settings and store of a home into one file',
  about: [
    'The node may run meanwhile. The file appears once it is whole. It holds the keys of the node: keep it where you would keep those.',
    'It is made on the machine of the node, by who may read its keys.',
  ],
  args: [{ name: 'FILE', summary: 'where the backup goes' }],
  options: {
    force: { kind: 'flag', summary: 'replace a file of that name' },
    'passphrase-file': PASSPHRASE_OPTION,
    json: JSON_OPTION,
    home: HOME_OPTION,
  },
  examples: [
    { line: 'intelmesh backup /backup/intelmesh-monday.backup', about: 'Of the node of ~/.intelmesh:' },
    {
      line: 'intelmesh backup /backup/intelmesh.backup --force --home /var/lib/intelmesh',
      about: 'From cron, over the one of yesterday:',
    },
  ],
  async run({ options, args: [file = ''] }, context) {
    if (context.environment['INTELMESH_API'])
      throw new UsageError(
        'a backup is made on the machine of the node: unset INTELMESH_API, and name its home',
      )
    const { homePaths, writeBackup } = await context.loadNode()
    const path = resolve(file)
    if (await isFolder(path)) throw new UsageError(`${file} is a folder: name a file in it`)
    const progress = createProgress(context.terminal.err, context.now)
    await using node = await connect(options, context)
    const written = await writeBackup(
      path,
      { paths: homePaths(homeOf(options, context)), store: node.api.backup(context.signal) },
      {
        at: context.now(),
        mayReplace: options.force,
        signal: context.signal,
        onProgress: (bytes) => progress.show(`${sizeText(bytes)} of rows`),
      },
    )
      .catch(async (error: unknown) => {
        if (codeOf(error) !== 'ENOENT' || (await isFolder(dirname(path)))) throw error
        throw new UsageError(`there is no folder ${dirname(path)}`)
      })
      .finally(() => {
        progress.clear()
      })
    return { data: { file: path, ...written }, text: (style) => writtenText(path, written, style) }
  },
})

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}
