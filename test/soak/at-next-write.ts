import { watch } from 'node:fs'
import { join } from 'node:path'

/** Calls `then` when the LevelDB of the store in a folder next writes to its log. */
export function atNextWrite(store: string, then: () => void): void {
  const watcher = watch(join(store, 'level'), (_, name) => {
    if (name?.endsWith('.log') !== true) return
    watcher.close()
    then()
  })
}
