export { confirmation, keyIdOf } from './key.ts'
export {
  CoseError,
  type CoseErrorCode,
  parseSign1,
  sealSign1,
  signatureInput,
  type SignedKind,
  type Unverified,
  type Verified,
  verifySign1,
} from './sign1.ts'
