import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { codeOf } from '@intelmesh/protocol'
import { type Command, defineCommand } from '../../command.ts'
import { connect } from '../../connect.ts'
import type { CommandContext } from '../../context.ts'
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
    'The file appears once it is whole; until then it is a draft beside it, whose name ends in .partial. The node may run meanwhile. An export that was killed leaves its draft: the same command again writes the file from the start, and says which drafts lie there. Remove those that no export is writing.',
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
    await assertFree(path, options.force)
    for (const left of await draftsOf(path))
      context.terminal.err.write(
        `${printable(left)} is the draft of an export that did not end, or runs still: remove it once none does\n`,
      )
    await using node = await connect(options, context)
    const bytes = await writeDraft(path, context, {
      pieces: node.api.syncExport({ ...(since && { since }) }, context.signal),
      mayReplace: options.force,
    })
    const data = { file: path, bytes, ...(since !== undefined && { since }) }
    return { data, text: () => `${printable(path)}: ${sizeText(bytes)}\n` }
  },
})

/** Writes a file under a name of its own first: two exports do not meet, and nothing of another one is touched. @returns its bytes */
async function writeDraft(
  path: string,
  { terminal, now }: Pick<CommandContext, 'terminal' | 'now'>,
  { pieces, mayReplace }: { readonly pieces: AsyncIterable<Uint8Array>; readonly mayReplace: boolean },
): Promise<number> {
  const draft = `${path}.${randomBytes(4).toString('hex')}${DRAFT}`
  const out = await openNew(draft)
  const progress = createProgress(terminal.err, now)
  let bytes = 0
  try {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length;) at += (await out.write(piece, at)).bytesWritten
      bytes += piece.length
      progress.show(`${sizeText(bytes)} written`)
    }
    await out.sync()
    await assertFree(path, mayReplace)
    await rename(draft, path)
    return bytes
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  } finally {
    progress.clear()
    await out.close()
  }
}

const DRAFT = '.partial'

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new UsageError(`there is no folder ${dirname(path)}`)
    throw error
  }
}

/** The drafts that lie beside a file. */
async function draftsOf(path: string): Promise<readonly string[]> {
  const names = await readdir(dirname(path)).catch(() => [])
  return names
    .filter((name) => name.startsWith(`${basename(path)}.`) && name.endsWith(DRAFT))
    .map((name) => join(dirname(path), name))
}

async function assertFree(path: string, mayReplace: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true) throw new UsageError(`${path} is a folder: name a file in it`)
  if (found !== undefined && !mayReplace)
    throw new UsageError(`${path} exists: name another file, or give --force`)
}
