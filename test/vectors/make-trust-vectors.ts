import { writeFile } from 'node:fs/promises'
import type { VectorFile } from './trust/cast.ts'
import { certificateVectors } from './trust/certificate-cases.ts'
import { enrolmentVectors, inviteVectors } from './trust/enrolment-cases.ts'
import { beaconVectors, statementVectors, statusListVectors } from './trust/status-cases.ts'

/** The vector files about trust, by the name under which they stand in `test/vectors/1`. */
const FILES: Readonly<Record<string, () => Promise<VectorFile>>> = {
  certificate: certificateVectors,
  beacon: beaconVectors,
  statement: statementVectors,
  'status-list': statusListVectors,
  invite: inviteVectors,
  enrolment: enrolmentVectors,
}

export const TRUST_VECTORS: readonly string[] = Object.keys(FILES)

/** The text of each file, from keys and times that never change: by name. */
export async function makeTrustVectors(): Promise<ReadonlyMap<string, string>> {
  const texts = Object.entries(FILES).map(async ([name, make]) => {
    const text = `${JSON.stringify(await make(), null, 2)}\n`
    return [name, text] as const
  })
  return new Map(await Promise.all(texts))
}

export function pathOf(name: string): URL {
  return new URL(`1/${name}.json`, import.meta.url)
}

// Run by hand after a change of the format, which a new version of the protocol would be.
if (import.meta.main) {
  for (const [name, text] of await makeTrustVectors()) await writeFile(pathOf(name), text)
}
