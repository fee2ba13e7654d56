import { fromHex, MAX_SYNC_HEADERS, type SyncSet, toHex } from '@intelmesh/protocol'
import type { FrameChannel } from '../network/index.ts'
import type { Hex } from '../store/index.ts'
import { compartmentOfSet, expectMessage, send, type SyncComponents } from './session.ts'

interface Gap {
  readonly chain: Hex
  readonly seq: number
}

/**
 * Fetches headers that link closed chains to the heads that close them. Without them nobody can tell whether an older record of
 * such a chain hangs below its head: the records in between may have expired everywhere.
 */
export async function fillGaps(
  components: SyncComponents,
  channel: FrameChannel,
  set: SyncSet,
): Promise<void> {
  const { trust, admission } = components
  for (const { chain, seq } of await findGaps(components)) {
    const from = Math.max(0, seq - MAX_SYNC_HEADERS + 1)
    await send(channel, { type: 'headers', chain: fromHex(chain), from, to: seq })
    const { items } = await expectMessage(channel, 'items')
    // From the head downwards: each header is let in by the one above it.
    for (const item of items.toReversed()) {
      if (item.form !== 'header') continue
      const admitted = await admission.admitItem(item, { kind: 'asked', node: channel.peer.node })
      await admitted.stored
    }
    if (!components.maySee(channel.peer.node, compartmentOfSet(set)) || trust.closedHeads().length === 0)
      return
  }
}

/** The first missing header below each head. A chain whose head itself is missing may be of another compartment: the peer answers with nothing. */
async function findGaps({ trust }: SyncComponents): Promise<readonly Gap[]> {
  const gaps: Gap[] = []
  for (const head of trust.closedHeads()) {
    const gap = await trust.lines.gapBelow(head)
    if (gap !== undefined) gaps.push({ chain: toHex(head.chain), seq: gap.seq })
  }
  return gaps
}
