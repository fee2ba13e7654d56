import { MAX_STIX_BYTES } from '@intelmesh/protocol'
import { canonicalise, checkAdmission, type StixObject, validateObject } from '@intelmesh/stix'
import type { Refusal } from './components.ts'

/** Checks an object in full and gives the bytes in which it is signed: its canonical JSON. */
export function sealObject(
  object: StixObject,
): { readonly stix: Uint8Array } | { readonly refusal: Refusal } {
  const finding = validateObject(object)[0]
  if (finding !== undefined) {
    const { code, path, message, rule } = finding
    return { refusal: { code, path, reason: `${message} (${rule})` } }
  }
  const stix = canonicalise(object)
  if (stix.length > MAX_STIX_BYTES) {
    const reason = `expected at most ${MAX_STIX_BYTES} bytes, got ${stix.length}`
    return { refusal: { code: 'LEAF_TOO_LARGE', path: '', reason } }
  }
  const admission = checkAdmission(stix)
  if (admission.ok) return { stix }
  const { code, path, rule } = admission
  return { refusal: { code, path, reason: `admission profile 1, ${rule}` } }
}
