export { createKemKey, type KemKeyPair } from './kem-key.ts'
export {
  createKemKeyFile,
  createKeyFile,
  type KeyProtection,
  readKemKeyFile,
  readKeyFile,
  type StoredKey,
} from './key-file.ts'
export { parseKeyDocument } from './key-format.ts'
export { Secret } from './secret.ts'
