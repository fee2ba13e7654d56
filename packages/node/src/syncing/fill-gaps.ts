import {
  fromHex,
  headerHash,
  joinIds,
  MAX_GAPS,
  parseHeader,
  SyncError,
  type SyncItem,
  type SyncSet,
  toHex,
} from '@intelmesh/protocol'
import type { FrameChannel } from '../network/index.ts'
import type { Hex } from '../store/index.ts'
import { compartmentOfSet, expectMessage, send, type SyncComponents } from './session.ts'

/** Messages in which one session asks for headers: what is left is asked for by the next. */
const MAX_MESSAGES = 64
/** Heads that are looked below for one message. */
const MAX_HEADS = 1024

/**
 * Fetches headers that link closed chains to the heads that close them. Without them nobody can tell whether an older record of
 * such a chain hangs below its head: the records in between may have expired everywhere.
 *
 * @throws SyncError SYNC_MALFORMED when the peer gives headers that are not those asked for; NetworkError
 */
export async function fillGaps(
  components: SyncComponents,
  channel: FrameChannel,
  set: SyncSet,
): Promise<void> {
  const { node } = channel.peer
  for (let i = 0; i < MAX_MESSAGES; i++) {
    const gaps = await findGaps(components)
    if (gaps.length === 0 || !components.maySee(node, compartmentOfSet(set))) return
    await send(channel, { type: 'headers', hashes: joinIds(gaps) })
    const { items } = await expectMessage(channel, 'items')
    assertLinked(components, gaps, items)
    let accepted = 0
    // From a head downwards: each header is let in by the one above it.
    for (const item of items) {
      const admitted = await components.admission.admitItem(
        item,
        { kind: 'asked', node },
        compartmentOfSet(set),
      )
      await admitted.stored
      if (admitted.action === 'accept') accepted++
    }
    if (accepted === 0) return
  }
}

/**
 * Hashes of the first missing header below some heads, some of all: there may be very many chains, and a head that is missing itself may be of a
 * compartment that neither side has. Whoever looks again begins elsewhere.
 */
async function findGaps({ trust, newKey }: SyncComponents): Promise<readonly Uint8Array[]> {
  const heads = new Map(trust.closedHeads().map((head) => [toHex(head.hash), head]))
  const gaps = new Set<Hex>()
  for (const head of fromAnywhere([...heads.values()], newKey()).slice(0, MAX_HEADS)) {
    const gap = await trust.lines.gapBelow(head)
    if (gap !== undefined) gaps.add(gap.hash)
    if (gaps.size === MAX_GAPS) break
  }
  return [...gaps].map(fromHex)
}

/** A list from a random place on, and around. */
function fromAnywhere<T>(list: readonly T[], random: Uint8Array): readonly T[] {
  const start = new DataView(random.buffer, random.byteOffset).getUint32(0) % Math.max(1, list.length)
  return [...list.slice(start), ...list.slice(0, start)]
}

/** Whether headers are those that were asked for, and those below them, each once. */
function assertLinked(
  { crypto }: SyncComponents,
  asked: readonly Uint8Array[],
  items: readonly SyncItem[],
): void {
  const due = new Set(asked.map(toHex))
  for (const { bytes } of items) {
    if (!due.delete(toHex(headerHash(crypto, bytes))))
      throw new SyncError('SYNC_MALFORMED', 'expected headers that were asked for, and those below them')
    const { previous } = parseHeader(bytes).claims
    if (previous !== undefined) due.add(toHex(previous))
  }
}
