export {
  type CborKey,
  type CborMap,
  type CborValue,
  decodeCbor,
  encodeCbor,
} from './cbor.ts'
export { EncodingError, type EncodingErrorCode } from './errors.ts'
export { bytesOf, bytesUpTo, isPrintable, listOf, oneOf, setOf, textUpTo, uint, uint64 } from './field-types.ts'
export { type CborLimits, scanCbor } from './scan.ts'
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
} from './struct.ts'
export { compareBytes, concatBytes, fromBase64url, fromHex, toBase64url, toHex, utf8Bytes } from './text.ts'
