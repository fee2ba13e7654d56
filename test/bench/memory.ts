import { readFileSync } from 'node:fs'

/** Memory of this process, in bytes. */
export interface Memory {
  /** What is its own: heap, buffers, and what libraries hold. */
  readonly anonymous: number
  /** Besides, the pages of files that it has mapped and read, LevelDB's tables among them, which the system takes back at will. */
  readonly resident: number
}

/** What the system says of it once what nobody needs was collected, where the process may. */
export function memoryNow(): Memory {
  globalThis.gc?.()
  const status = readFileSync('/proc/self/status', 'utf8')
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
  return { anonymous: kilobytes('RssAnon') * 1024, resident: kilobytes('VmRSS') * 1024 }
}
