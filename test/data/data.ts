import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'

/** What the repository carries, and then what a shared folder beside it holds on some machines. */
const FOLDERS: readonly string[] = [
  // By its name: scripts are bundled into a folder beside this one.
  join(import.meta.dirname, '../data'),
  process.env['INTELMESH_DATA'] ?? join(import.meta.dirname, '../../../shared/data'),
]

/**
 * The bytes of a file of test data, decompressed.
 *
 * @param path below the data folder, without `.zst`: `stix21/idioms/apt1.json`
 * @returns undefined when neither the repository nor a shared folder holds it; a test then skips
 */
export function readData(path: string): Uint8Array | undefined {
  for (const folder of FOLDERS) {
    const plain = join(folder, path)
    if (existsSync(plain)) return readFileSync(plain)
    if (existsSync(`${plain}.zst`)) return zstdDecompressSync(readFileSync(`${plain}.zst`))
  }
  return undefined
}

/**
 * The paths of all files below a folder of test data, in order, as {@link readData} takes them.
 *
 * @param folder below the data folder: `stix21/idioms`
 */
export function listData(folder: string): readonly string[] {
  const paths = FOLDERS.flatMap((root) =>
    globSync(`${folder}/**/*`, { cwd: root, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(root.length + 1)
          .replace(/\.zst$/, ''),
      ),
  )
  return [...new Set(paths)].toSorted((a, b) => (a < b ? -1 : 1))
}
