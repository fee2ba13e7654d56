/**
 * Whether two byte strings are equal, in a time that depends on their lengths alone: for tags and commitments,
 * where the place of the first difference would help a forger. The lengths themselves are not hidden.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}
