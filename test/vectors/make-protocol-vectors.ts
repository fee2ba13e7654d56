import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { cborVectors, coseVectors } from './protocol/encoding-cases.ts'
import { exchangeVectors } from './protocol/exchange-cases.ts'
import { leafVectors } from './protocol/leaf-cases.ts'
import { membershipVectors } from './protocol/message-cases.ts'
import { batchVectors, recordVectors } from './protocol/record-cases.ts'
import { releaseVectors } from './protocol/release-cases.ts'
import { cellVectors, comparisonVectors, macVectors, syncMessageVectors } from './protocol/sync-cases.ts'
import { nodeVectors, treeVectors } from './protocol/tree-cases.ts'
import type { VectorFile } from './trust/cast.ts'

/** The vector files about encoding, records, release and reconciliation, by version and name. */
const FILES: Readonly<Record<string, () => Promise<VectorFile>>> = {
  '1/cbor': cborVectors,
  '1/cose': coseVectors,
  '1/record': recordVectors,
  '1/batch': batchVectors,
  '1/leaf': leafVectors,
  '1/membership': membershipVectors,
  '1/release': releaseVectors,
  '2/tree': treeVectors,
  '2/node': nodeVectors,
  '2/mac': macVectors,
  '2/cells': cellVectors,
  '2/comparison': comparisonVectors,
  '2/exchange': exchangeVectors,
  '2/sync-message': syncMessageVectors,
}

export const PROTOCOL_VECTORS: readonly string[] = Object.keys(FILES)
/** Versions of the protocol of which there are vectors: those of a later one hold what it changed. */
export const VERSIONS: readonly string[] = ['1', '2']

/** Names the SHA-256 of every vector file of a version. */
export function digestsOf(version: string): URL {
  return new URL(`${version}/digests.json`, import.meta.url)
}

/** The text of each file, from keys and times that never change: by name. */
export async function makeProtocolVectors(): Promise<ReadonlyMap<string, string>> {
  const texts = Object.entries(FILES).map(
    async ([name, make]) => [name, `${JSON.stringify(await make(), null, 1)}\n`] as const,
  )
  return new Map(await Promise.all(texts))
}

export function pathOf(name: string): URL {
  return new URL(`${name}.json`, import.meta.url)
}

/** The SHA-256 of every vector file of a version that is there, by its name. */
export async function digestFiles(version: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(new URL(version, import.meta.url))).filter(
    (name) => name.endsWith('.json') && name !== 'digests.json',
  )
  const digests = names.toSorted().map(
    async (name) =>
      [
        name,
        createHash('sha256')
          .update(await readFile(new URL(`${version}/${name}`, import.meta.url)))
          .digest('hex'),
      ] as const,
  )
  return Object.fromEntries(await Promise.all(digests))
}

// Writes files that are not there yet, and their digests. What is there is frozen: another form is another version.
if (import.meta.main) {
  for (const [name, text] of await makeProtocolVectors())
    if (!existsSync(pathOf(name))) await writeFile(pathOf(name), text)
  for (const version of VERSIONS) {
    const place = digestsOf(version)
    const frozen = existsSync(place)
      ? (JSON.parse(await readFile(place, 'utf8')) as Record<string, string>)
      : {}
    const digests = { ...(await digestFiles(version)), ...frozen }
    await writeFile(place, `${JSON.stringify(digests, null, 2)}\n`)
  }
}
