export { nativeCrypto, nativeSignerOf } from './native.ts'
