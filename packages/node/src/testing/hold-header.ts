import { openBatch, toHex } from '@intelmesh/protocol'
import type { TestAco } from '../../../../test/support/authority/test-aco.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { TestNode } from './test-node.ts'

/** Has an ACO hold the header of an author's batch, by its place in what the author announced, so that it is named when the chain is closed. */
export async function holdHeader(aco: TestAco, author: TestNode, place: number): Promise<void> {
  const { header } = openBatch(nativeCrypto, author.announced[place]?.batch as Uint8Array)
  const row = await author.store.header(toHex(nativeCrypto.sha256(header.bytes)))
  const { leafHashes: _, ...bare } = row as NonNullable<typeof row>
  await aco.store.commit({ headers: [{ ...bare, arrivedAt: aco.now }] }, { sync: false })
}
