import { deflateSync, inflateSync } from 'node:zlib'
import type { Zlib } from '@intelmesh/protocol'

/** zlib streams by Node; inflating stops at the bound. */
export const nativeZlib: Zlib = {
  deflate: (bytes) => new Uint8Array(deflateSync(bytes, { level: 9 })),
  inflate: (bytes, maxBytes) => new Uint8Array(inflateSync(bytes, { maxOutputLength: maxBytes })),
}
