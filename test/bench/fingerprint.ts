import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** Tells what was made by one version of some folders of the repository from what another made: ten hexadecimal digits. */
export function fingerprintOf(folders: readonly string[]): string {
  const digest = createHash('sha256')
  for (const folder of folders)
    for (const path of globSync(`${folder}/**/*.ts`, { cwd: ROOT }).toSorted()) {
      if (path.endsWith('.test.ts')) continue
      digest.update(path).update(readFileSync(join(ROOT, path)))
    }
  return digest.digest('hex').slice(0, 10)
}
