import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { cborVectors, coseVectors } from './protocol/encoding-cases.ts'
import { leafVectors } from './protocol/leaf-cases.ts'
import { membershipVectors, syncMessageVectors } from './protocol/message-cases.ts'
import { batchVectors, recordVectors } from './protocol/record-cases.ts'
import { releaseVectors } from './protocol/release-cases.ts'
import { differenceVectors, treeVectors } from './protocol/tree-cases.ts'
import type { VectorFile } from './trust/cast.ts'

/** The vector files about encoding, records, release and reconciliation, by the name under which they stand in `test/vectors/1`. */
const FILES: Readonly<Record<string, () => Promise<VectorFile>>> = {
  cbor: cborVectors,
  cose: coseVectors,
  record: recordVectors,
  batch: batchVectors,
  leaf: leafVectors,
  tree: treeVectors,
  difference: differenceVectors,
  'sync-message': syncMessageVectors,
  membership: membershipVectors,
  release: releaseVectors,
}

export const PROTOCOL_VECTORS: readonly string[] = Object.keys(FILES)
/** Names the SHA-256 of every vector file of a version. */
export const DIGESTS: URL = new URL('1/digests.json', import.meta.url)

/** The text of each file, from keys and times that never change: by name. */
export async function makeProtocolVectors(): Promise<ReadonlyMap<string, string>> {
  const texts = Object.entries(FILES).map(
    async ([name, make]) => [name, `${JSON.stringify(await make(), null, 1)}\n`] as const,
  )
  return new Map(await Promise.all(texts))
}

export function pathOf(name: string): URL {
  return new URL(`1/${name}.json`, import.meta.url)
}

/** The SHA-256 of every vector file that is there, by its name. */
export async function digestFiles(): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(new URL('1', import.meta.url))).filter(
    (name) => name.endsWith('.json') && name !== 'digests.json',
  )
  const digests = names.toSorted().map(
    async (name) =>
      [
        name,
        createHash('sha256')
          .update(await readFile(new URL(`1/${name}`, import.meta.url)))
          .digest('hex'),
      ] as const,
  )
  return Object.fromEntries(await Promise.all(digests))
}

// Writes files that are not there yet, and their digests. What is there is frozen: another form is another version.
if (import.meta.main) {
  for (const [name, text] of await makeProtocolVectors())
    if (!existsSync(pathOf(name))) await writeFile(pathOf(name), text)
  const frozen = existsSync(DIGESTS)
    ? (JSON.parse(await readFile(DIGESTS, 'utf8')) as Record<string, string>)
    : {}
  await writeFile(DIGESTS, `${JSON.stringify({ ...(await digestFiles()), ...frozen }, null, 2)}\n`)
}
