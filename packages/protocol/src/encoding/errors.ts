import { MeshError } from '../errors.ts'

export type EncodingErrorCode =
  | 'CBOR_MALFORMED'
  | 'CBOR_NOT_CANONICAL'
  | 'CBOR_LIMIT'
  | 'CBOR_UNSUPPORTED'
  | 'STRUCT_MALFORMED'
  | 'NEWER_THAN_ME'
  | 'TEXT_MALFORMED'

/** Bytes are not in the one form that the protocol accepts. */
export class EncodingError extends MeshError<EncodingErrorCode> {
  override name = 'EncodingError'
}
