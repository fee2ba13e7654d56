export { nativeCrypto, nativeSignerOf } from './native.ts'
export { nativeZlib } from './zlib.ts'
