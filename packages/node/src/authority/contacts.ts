import { contactKey } from '../trust/index.ts'
import type { Desk } from './desk.ts'
import { readRows } from './register.ts'

/** Enough to find the mesh by, and a small part of a reply. */
const MAX_CONTACTS = 16
/** How many members are asked for, so that a large register costs no more than a small one. */
const MAX_ASKED = 64

/** Contacts, signed by their nodes, that a newcomer dials first: the ACO's own node, then members' as far as they are held. */
export async function contactsToOffer({
  store,
  ownNode,
}: Pick<Desk, 'store' | 'ownNode'>): Promise<readonly Uint8Array[]> {
  const nodes = [ownNode]
  for await (const [node, { standing }] of readRows(store, 'member')) {
    if (standing === 'active' && node !== ownNode) nodes.push(node)
    if (nodes.length >= MAX_ASKED) break
  }
  const rows = await Promise.all(nodes.map((node) => store.control(contactKey(node))))
  return rows.flatMap((row) => (row === undefined ? [] : [row.bytes])).slice(0, MAX_CONTACTS)
}
