import { asArray, decodeCbor, encodeCbor, oneOf } from '../encoding/index.ts'
import { MeshError } from '../errors.ts'

/** What the compartment `control` holds, in the order in which a receiver needs it. */
export const CONTROL_KINDS = ['certificate', 'statement', 'beacon', 'status-list', 'contact'] as const
export type ControlKind = (typeof CONTROL_KINDS)[number]

/** A signed object of the compartment `control`, with the kind that says how to read it. */
export interface ControlObject {
  readonly kind: ControlKind
  readonly bytes: Uint8Array
}

/** The largest control object: the status list of a million members. */
export const MAX_CONTROL_BYTES: number = 256 * 1024

const controlKind = oneOf(CONTROL_KINDS)

/** A control object is not in the form that every node reads. */
class ControlError extends MeshError<'CONTROL_MALFORMED'> {
  override name = 'ControlError'
}

/** The CBOR array [kind, bytes]. */
export function encodeControl(object: ControlObject): Uint8Array {
  return encodeCbor([controlKind.encode(object.kind), object.bytes])
}

/** @throws ControlError CONTROL_MALFORMED; EncodingError, NEWER_THAN_ME for a kind that a later version defines */
export function decodeControl(bytes: Uint8Array): ControlObject {
  const parts = asArray(
    decodeCbor(bytes, { maxBytes: MAX_CONTROL_BYTES, maxDepth: 1, maxItems: 4 }),
    'control object',
  )
  const [kind, object] = parts
  if (parts.length !== 2 || typeof kind !== 'number' || !(object instanceof Uint8Array)) {
    throw new ControlError('CONTROL_MALFORMED', 'expected [kind, bytes]')
  }
  return { kind: controlKind.decode(kind, 'kind'), bytes: object }
}
