export { type CborKey, type CborMap, type CborValue, decodeCbor, encodeCbor, viewCbor } from './cbor.ts'
export { EncodingError, type EncodingErrorCode } from './errors.ts'
export {
  bytesOf,
  bytesUpTo,
  isPrintable,
  listOf,
  oneOf,
  setOf,
  textThat,
  textUpTo,
  uint,
  uint64,
  uintUpTo,
} from './field-types.ts'
export type { CborLimits } from './limits.ts'
export {
  asArray,
  asMap,
  type Field,
  type FieldTable,
  type FieldType,
  optional,
  required,
  type Struct,
  struct,
  type StructOptions,
  type StructRule,
} from './struct.ts'
export { compareBytes, concatBytes, fromBase64url, fromHex, toBase64url, toHex, utf8Bytes } from './text.ts'
