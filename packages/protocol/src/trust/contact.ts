import type { SignedKind } from '../cose/index.ts'
import { bytesOf, listOf, optional, required, struct, textUpTo, uint, uintUpTo } from '../encoding/index.ts'

/** Where a node can be reached, in its own words: one line of the cluster's register of nodes. */
export interface Contact {
  /** Key id of the node, 32 bytes. */
  readonly node: Uint8Array
  /** SHA-256 of its certificate. */
  readonly certificate: Uint8Array
  /** ms since the Unix epoch; the later contact of a node replaces the earlier. */
  readonly at: number
  /** Multiaddrs; none for a node that can only dial out. */
  readonly addresses: readonly string[]
  /** 1 when it passes bytes on for nodes that cannot be reached. */
  readonly relay?: number
}

/** See docs/spec/status.md, "Register of nodes". */
export const CONTACT: SignedKind<Contact> = {
  typ: 'application/vnd.intelmesh.contact+cose',
  payload: struct<Contact>(
    'contact',
    {
      node: required(1, bytesOf(32)),
      certificate: required(2, bytesOf(32)),
      at: required(3, uint),
      addresses: required(4, listOf(textUpTo(160), 8)),
      relay: optional(5, uintUpTo(1, 1)),
    },
    { version: 1, unknown: 'refuse' },
  ),
  limits: { maxBytes: 2048, maxDepth: 3, maxItems: 32 },
}
