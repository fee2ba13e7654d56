import { createHash } from 'node:crypto'

/**
 * The UUID of version 5 that follows from a namespace and a name, in lower case.
 *
 * @param namespace a UUID in its usual form
 * @see RFC 9562 section 5.5
 */
export function uuid5(namespace: string, name: string): string {
  const digest = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest()
    .subarray(0, 16)
  digest[6] = ((digest[6] as number) & 0x0f) | 0x50
  digest[8] = ((digest[8] as number) & 0x3f) | 0x80
  const digits = digest.toString('hex')
  const groups = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20)]
  return `${groups.join('-')}-${digits.slice(20)}`
}
