import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '@intelmesh/protocol'
import { type HomePaths, isMissing, makePrivateFolder } from '../home/index.ts'
import { createKemKeyFile, type KemKeyPair, readKemKeyFile } from '../keys/index.ts'

/** Keeps an X25519 key before anybody can seal to it: one file a key, named by the key's id, since earlier ones still open what was sealed to them. */
export async function writeKemKey(paths: HomePaths, pair: KemKeyPair): Promise<void> {
  const folder = paths.kemKeys
  await makePrivateFolder(folder)
  await createKemKeyFile(join(folder, `${toHex(pair.key.id)}.key`), pair, { kind: 'plain' })
}

/** The X25519 keys of a home, in the order of their ids. */
export async function readKemKeys(paths: HomePaths): Promise<readonly KemKeyPair[]> {
  const folder = paths.kemKeys
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const files = names.filter((name) => name.endsWith('.key')).toSorted()
  return Promise.all(files.map((name) => readKemKeyFile(join(folder, name))))
}
