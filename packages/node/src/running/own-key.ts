import { HomeError } from '../errors.ts'
import { readKeyFile, type StoredKey } from '../keys/index.ts'

/** Reads a key file, and asks for its passphrase only when it has one. @throws HomeError KEY_MISSING, KEY_PASSPHRASE_WRONG, KEY_PERMISSIONS */
export async function readOwnKey(path: string, passphrase: () => Promise<Uint8Array>): Promise<StoredKey> {
  try {
    return await readKeyFile(path)
  } catch (error) {
    if (!(error instanceof HomeError) || error.code !== 'KEY_LOCKED') throw error
    return readKeyFile(path, await passphrase())
  }
}
