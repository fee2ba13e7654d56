import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Licence } from './licences.ts'
import { LICENCES } from './licences.ts'
import type { Source } from './sources.ts'

/** A file of the shared data, with what its manifest says about it. */
export interface SharedFile {
  /** Path below the shared folder. */
  readonly path: string
  /** Repository, path in it and commit. */
  readonly origin: string
  /** The licence as the manifest words it. */
  readonly licence: string
  /** SHA-256 of the file, in lower-case hex. */
  readonly sha256: string
}

const HEADING = /^### (?<folder>\S+) +\(\d+ files/
const ROW =
  /^\| (?<file>.+?) \| (?<origin>.+?) \| (?<licence>.+?) \| \d+ \| .* \| (?<sha256>[0-9a-f]{64}) \|$/

/** All files that the manifest of the shared folder lists. */
export function readManifest(root: string): readonly SharedFile[] {
  const files: SharedFile[] = []
  let folder = ''
  for (const line of readFileSync(join(root, 'MANIFEST.md'), 'utf8').split('\n')) {
    folder = HEADING.exec(line)?.groups?.['folder'] ?? folder
    const row = ROW.exec(line)?.groups
    if (row === undefined) continue
    const { file = '', origin = '', licence = '', sha256 = '' } = row
    files.push({ path: `${folder}/${file}`, origin, licence, sha256 })
  }
  return files
}

/**
 * The files of a source, in order of path.
 *
 * @throws Error when there is none: the table of sources is then wrong
 */
export function filesOf(source: Source, manifest: readonly SharedFile[]): readonly SharedFile[] {
  const files = manifest.filter(({ path }) => path === source.path || path.startsWith(`${source.path}/`))
  if (files.length === 0) throw new Error(`the manifest lists nothing at ${source.path}`)
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/**
 * The bytes of a file, as its manifest describes them.
 *
 * @throws Error when they are not those the manifest was written for
 */
export function readShared(root: string, { path, sha256 }: SharedFile): Buffer {
  const bytes = readFileSync(join(root, path))
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== sha256) throw new Error(`${path} has SHA-256 ${found}; the manifest says ${sha256}`)
  return bytes
}

/**
 * The licence under which a file may be passed on.
 *
 * @throws Error when it may not be
 */
export function licenceOf({ path, licence }: SharedFile): Licence {
  const known = LICENCES[licence]
  if (known === undefined) throw new Error(`${path} cannot be carried under "${licence}"`)
  return known
}
