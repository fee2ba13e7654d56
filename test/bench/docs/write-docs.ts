import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readMachine, readResults } from '../results-file.ts'
import { benchmarksPage } from './page.ts'
import { readReasons } from './reasons.ts'

/** The repository's folder of pages. */
const DOCS = join(import.meta.dirname, '../../../docs')

/** Writes `docs/benchmarks.md` and its plots from the results that are kept. */
export async function writeDocs(): Promise<void> {
  const pages = benchmarksPage({
    results: await readResults(),
    machine: await readMachine(),
    reasons: await readReasons(),
  })
  for (const [name, text] of Object.entries(pages)) {
    const path = join(DOCS, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
}
