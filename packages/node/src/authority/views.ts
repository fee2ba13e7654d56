import { buildTree, inclusionPath, leafHash, type LogProof } from '@intelmesh/protocol'
import type { MemberView } from '../aco-api.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { Desk } from './desk.ts'
import { type MemberRow, readRows } from './register.ts'

/** Every node key that has or had a certificate, by organisation name. */
export async function listMembers({
  store,
  clock,
}: Pick<Desk, 'store' | 'clock'>): Promise<readonly MemberView[]> {
  const views: MemberView[] = []
  for await (const [node, row] of readRows(store, 'member')) views.push(viewOf(node, row, clock()))
  return views.sort((a, b) => (a.organisation.name < b.organisation.name ? -1 : 1))
}

/**
 * Proof that a certificate or statement stands in the log as it is now: under the newest beacon's checkpoint. `undefined` when it
 * does not.
 */
export async function logProofOf(
  { store }: Pick<Desk, 'store'>,
  entry: Uint8Array,
): Promise<LogProof | undefined> {
  const size = store.logSize
  const index = await store.logIndexOf(leafHash(nativeCrypto, entry))
  if (index === undefined || index >= size) return undefined
  const tree = buildTree(nativeCrypto, await store.logHashes(0, size))
  return { size, index, path: inclusionPath(tree, index) }
}

function viewOf(node: string, row: MemberRow, now: number): MemberView {
  const { organisation, name, kind, roles, clearance, standing, certificate, expiresAt } = row
  return {
    organisation: { id: organisation, name },
    node,
    kind,
    roles,
    clearance,
    standing: standing === 'active' && expiresAt < now ? 'expired' : standing,
    certificate,
    expires: new Date(expiresAt).toISOString(),
  }
}
