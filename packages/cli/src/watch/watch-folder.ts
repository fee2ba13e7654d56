import { codeOf } from '@intelmesh/protocol'
import type { CommandContext } from '../context.ts'
import type { ByteSource } from '../publish/open-input.ts'
import type { Summary } from '../publish/tally.ts'
import { type FileStamp, folderEntries, isSameStamp, type Skipped } from './folder-entries.ts'
import type { FolderHints } from './folder-hints.ts'
import type { OpenFiles } from './open-files.ts'
import { createSettling, isFinished, UNFINISHED_FACTOR } from './settling.ts'
import { doneFile, type OpenedFile, openFile } from './take-file.ts'
import type { WatchState } from './watch-state.ts'

/** What to watch, and what to do with what appears there. */
export interface WatchRequest {
  readonly folder: string
  /** For so long a file has to stay as it is before it is read. */
  readonly settleMs: number
  /** End when everything that is there was dealt with. */
  readonly once: boolean
  readonly publish: (source: ByteSource) => Promise<Summary>
  /** Says what came of a file, or why nothing did; why is said once. */
  readonly report: (name: string, what: FileReport) => void
}

export interface WatchComponents {
  readonly state: WatchState
  readonly hints: Pick<FolderHints, 'wait'>
  readonly openFiles: () => Promise<OpenFiles>
}

export type FileReport =
  | { readonly kind: 'published'; readonly summary: Summary }
  | { readonly kind: 'skipped'; readonly skipped: Skipped }
  | { readonly kind: 'delayed'; readonly code: string; readonly reason: string }

/**
 * Publishes each file of a folder once, when nobody writes it any more, and again when it has changed. Ends with `signal`.
 *
 * @throws what the node refuses whatever the file; with `once`, also that it cannot be reached
 */
export async function watchFolder(
  { folder, settleMs, once, publish, report }: WatchRequest,
  { state, hints, openFiles }: WatchComponents,
  { now, signal }: Pick<CommandContext, 'now' | 'signal'>,
): Promise<void> {
  const settling = createSettling()
  const told = new Map<string, string>()
  let isDelayed = false
  let delayedBy: string | undefined
  const patienceMs = Math.max(settleMs * (UNFINISHED_FACTOR + 2), LEAST_PATIENCE_MS)
  let movedAt = now()

  function skip(name: string, skipped: Skipped): void {
    if (told.get(name) !== skipped.code) report(name, { kind: 'skipped', skipped })
    told.set(name, skipped.code)
  }

  /** @returns names of files that are not finished */
  async function look(): Promise<readonly string[]> {
    const entries = await folderEntries(folder)
    const names = new Set(entries.map(({ name }) => name))
    settling.keep(names)
    state.keep(names)
    for (const name of told.keys()) if (!names.has(name)) told.delete(name)
    const waiting: string[] = []
    const settled: Settled[] = []
    for (const { name, stamp, skipped } of entries) {
      if (skipped !== undefined) skip(name, skipped)
      const done = state.get(name)
      if (stamp === undefined || (done !== undefined && isSameStamp(done, stamp))) continue
      const quietMs = settling.quietMs(name, stamp, now())
      if (quietMs < settleMs) waiting.push(name)
      else if (stamp.size === 0) skip(name, EMPTY)
      else settled.push({ name, stamp, quietMs })
    }
    const open = settled.length === 0 ? NONE : await openFiles()
    for (const file of settled) {
      const isDealtWith = !isDelayed && !signal.aborted && (await deal(file, open))
      if (!isDealtWith) waiting.push(file.name)
    }
    return waiting
  }

  /** @returns whether there is nothing left to do with the file as it is */
  async function deal({ name, stamp, quietMs }: Settled, open: OpenFiles): Promise<boolean> {
    const opened = await openFile(folder, name, stamp)
    if (opened === undefined) return false
    if ('code' in opened) {
      skip(name, opened)
      return true
    }
    await using file = opened
    try {
      const endsLine = await file.endsLine()
      if (!isFinished({ quietMs, endsLine, isOpen: open.has(stamp) }, settleMs)) return false
      const sha256 = await file.sha256()
      if (state.get(name)?.sha256 !== sha256 && !(await offer(name, file))) return false
      state.put(doneFile(name, stamp, sha256))
      movedAt = now()
      return true
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error
      skip(name, { code: 'FILE_UNREADABLE', reason: error.message })
      return true
    }
  }

  /** @returns whether all of the file was offered, and is still what was offered */
  async function offer(name: string, file: OpenedFile): Promise<boolean> {
    try {
      const summary = await publish(file.source)
      report(name, { kind: 'published', summary })
      told.delete(name)
      delayedBy = undefined
      return !signal.aborted && (await file.isUnchanged())
    } catch (error) {
      if (signal.aborted) return false
      const code = codeOf(error) ?? ''
      const reason = error instanceof Error ? error.message : ''
      // Offered again as it is, it would be refused again.
      if (OF_THE_FILE.has(code)) skip(name, { code: 'FILE_REFUSED', reason: `${reason} (${code})` })
      if (OF_THE_FILE.has(code)) return true
      if (once || !PASSING.has(code)) throw error
      isDelayed = true
      if (delayedBy !== code) report(name, { kind: 'delayed', code, reason })
      delayedBy = code
      return false
    }
  }

  for (;;) {
    const waiting = await look()
    await state.save()
    if (signal.aborted) return
    if (once && (waiting.length === 0 || now() - movedAt > patienceMs)) {
      for (const name of waiting) skip(name, BUSY)
      return
    }
    const pauseMs = waiting.length === 0 ? IDLE_MS : Math.min(Math.max(settleMs / 4, 100), 1_000)
    await hints.wait(isDelayed ? DELAY_MS : pauseMs, signal)
    isDelayed = false
  }
}

interface Settled {
  readonly name: string
  readonly stamp: FileStamp
  readonly quietMs: number
}

/** For so long it is waited for a file that goes on changing, when it is to end. */
const LEAST_PATIENCE_MS = 5_000
/** Between looks at a folder where nothing is about to happen. */
const IDLE_MS = 5_000
/** Until a node is asked again that could not be asked. */
const DELAY_MS = 15_000

/** What passes by itself; anything else the person has to settle first. */
const PASSING: ReadonlySet<string> = new Set([
  'API_UNREACHABLE',
  'API_RATE_LIMITED',
  'NODE_NOT_RUNNING',
  'HOME_IN_USE',
  'STORE_FULL',
  'FEED_OVERTAKEN',
])

/** What a node says of one file alone. */
const OF_THE_FILE: ReadonlySet<string> = new Set(['API_BODY_TOO_LARGE', 'INTERNAL'])

const NONE: OpenFiles = { has: () => false }
const EMPTY: Skipped = { code: 'FILE_EMPTY', reason: 'it is empty' }
const BUSY: Skipped = { code: 'FILE_BUSY', reason: 'it is still being written' }
