import { open, rename, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, defineCommand } from '../../command.ts'
import { connect } from '../../connect.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { sizeText } from '../../output/backup.ts'
import { printable } from '../../output/printable.ts'
import { createProgress } from '../../output/progress.ts'
import { parseInstant } from '../../parse-instant.ts'
import { UsageError } from '../../usage-error.ts'

/** `intelmesh sync export` */
export const exportCommand: Command = defineCommand({
  name: 'export',
  summary: 'write a file for a node of the same cluster that no network reaches',
  about: [
    'The file has what decides (certificates, statements, the log of the ACO), what was taken back, and the records that came here since, as their authors signed them. It holds no key and may be read on the way by whoever may read its labels: a token with clearance CLEAR writes a file of CLEAR alone.',
    'The file appears once it is whole. The node may run meanwhile.',
  ],
  args: [{ name: 'FILE', summary: 'where the file goes' }],
  options: {
    since: {
      kind: 'text',
      value: 'WHEN',
      summary: 'only records that came here since: 2030-01-31, or 7d ago as 7d (default: all)',
    },
    force: { kind: 'flag', summary: 'replace a file of that name' },
    ...ASKING_OPTIONS,
  },
  examples: [
    { line: 'intelmesh sync export /media/usb/week.sync --since 7d', about: 'What came in a week:' },
    { line: 'intelmesh sync export /media/usb/all.sync', about: 'Everything, for a new node:' },
  ],
  async run({ options, args: [file = ''] }, context) {
    const since = options.since === undefined ? undefined : parseInstant(options.since, context.now(), 'ago')
    if (options.since !== undefined && since === undefined)
      throw new UsageError(`--since: expected a day such as 2030-01-31, or 7d, got ${options.since}`)
    const path = resolve(file)
    const draft = `${path}.partial`
    await assertFree(path, options.force)
    const progress = createProgress(context.terminal.err, context.now)
    let bytes = 0
    try {
      await using node = await connect(options, context)
      await using out = await open(draft, 'wx', 0o600)
      for await (const piece of node.api.syncExport({ ...(since && { since }) }, context.signal)) {
        for (let at = 0; at < piece.length;) at += (await out.write(piece, at)).bytesWritten
        bytes += piece.length
        progress.show(`${sizeText(bytes)} written`)
      }
      await out.sync()
      await assertFree(path, options.force)
      await rename(draft, path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    } finally {
      progress.clear()
    }
    const data = { file: path, bytes, ...(since !== undefined && { since }) }
    return { data, text: () => `${printable(path)}: ${sizeText(bytes)}\n` }
  },
})

async function assertFree(path: string, mayReplace: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true) throw new UsageError(`${path} is a folder: name a file in it`)
  if (found !== undefined && !mayReplace)
    throw new UsageError(`${path} exists: name another file, or give --force`)
}
