import { watch } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Waiting that ends early when something happens in a folder. */
export interface FolderHints extends Disposable {
  /** Resolves after `ms`, or sooner: with `signal`, or once the folder changed since the last call. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** Somebody who writes without pause does not keep the folder from being looked at in turns. */
const LEAST_MS = 100

/** Hints may be missing, on a file system over the network or when the system has no more to give: who waits looks anyway. */
export function folderHints(folder: string): FolderHints {
  let hinted = new AbortController()
  const watcher = tryWatch(folder, () => hinted.abort())
  return {
    async wait(ms, signal) {
      await pause(Math.min(ms, LEAST_MS), signal)
      await pause(ms - LEAST_MS, AbortSignal.any([signal, hinted.signal]))
      hinted = new AbortController()
    },
    [Symbol.dispose]: () => watcher?.close(),
  }
}

function tryWatch(folder: string, onHint: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      if (name?.startsWith('.') !== true) onHint()
    })
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => {})
}
