import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What people wrote about rows, by their ids: what a figure means, and of each miss its reason and profile. Markdown. */
export type Reasons = Readonly<Record<string, string>>

const PATH = join(import.meta.dirname, '../../../bench/reasons.md')

/** Reads `bench/reasons.md`: a heading `## P3` for each row that something is to be said of. */
export async function readReasons(): Promise<Reasons> {
  return existsSync(PATH) ? parseReasons(await readFile(PATH, 'utf8')) : {}
}

export function parseReasons(text: string): Reasons {
  const sections = text.split(/^## /m).slice(1)
  return Object.fromEntries(
    sections.map((section) => {
      const end = section.indexOf('\n')
      return [section.slice(0, end).trim(), section.slice(end).trim()]
    }),
  )
}
