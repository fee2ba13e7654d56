import { join } from 'node:path'
import { toHex } from '@intelmesh/protocol'
import { type HomePaths, makePrivateFolder } from '../home/index.ts'
import { createKemKeyFile, type KemKeyPair } from '../keys/index.ts'

/** Keeps an X25519 key before anybody can seal to it: one file a key, named by the key's id, since earlier ones still open what was sealed to them. */
export async function writeKemKey({ home }: HomePaths, pair: KemKeyPair): Promise<void> {
  const folder = join(home, 'kem')
  await makePrivateFolder(folder)
  await createKemKeyFile(join(folder, `${toHex(pair.key.id)}.key`), pair, { kind: 'plain' })
}
