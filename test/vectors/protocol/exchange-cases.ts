import {
  concatBytes,
  decodeSyncMessage,
  encodeSyncMessage,
  fromHex,
  type SyncSet,
  toHex,
} from '@intelmesh/protocol'
import { converse, replay, type Said } from '../exchange/converse.ts'
import { makeMaterial, type Material } from '../exchange/material.ts'
import { type Holding, openSide, type Role } from '../exchange/side.ts'
import type { VectorCase, VectorFile } from '../trust/cast.ts'

/** A whole session, as the vector file shows it. */
export interface Exchange {
  readonly set: SyncSet
  /** Sides whose messages follow from the rules: when to pack is a responder's choice. */
  readonly sides: readonly Role[]
  readonly initiator: Holding
  readonly responder: Holding
  readonly messages: readonly Said[]
}

type Draft = Pick<Exchange, 'set' | 'initiator' | 'responder'> & {
  readonly description: string
  readonly isPacked?: true
}

const EARLY = { control: ['operator', 'early beacon', 'early list', 'node'], log: 3 }
const LATE = {
  control: ['operator', 'late beacon', 'late list', 'node', 'member', 'revocation'],
  log: 5,
}
const early = (items: readonly string[], common?: number): Holding => ({
  ...EARLY,
  items,
  ...(common !== undefined && { common }),
})

const DRAFTS: readonly Draft[] = [
  {
    description: 'nothing is missing: hello, same',
    set: 'green',
    initiator: early(['first', 'second']),
    responder: early(['second', 'first']),
  },
  {
    description: 'the responder has only added: recent, newest arrival first',
    set: 'green',
    initiator: early(['first'], 1),
    responder: early(['first', 'second', 'third'], 1),
  },
  {
    description: 'the initiator has only added: items, newest arrival first, taken',
    set: 'green',
    initiator: early(['first', 'second', 'third'], 1),
    responder: early(['first'], 1),
  },
  {
    description: 'scattered on both sides: cells, pick, items, and items handed over, taken',
    set: 'green',
    initiator: early(['one of the second', 'fourth']),
    responder: early(['first', 'second', 'third']),
  },
  {
    description: 'hours apart and in part: nodes, fetch, want, and items handed over, taken',
    set: 'green',
    initiator: early(['one of the first', 'third']),
    responder: early(['first', 'second', 'large']),
  },
  {
    description: 'nothing is there yet: nodes, fetch, a pack',
    set: 'green',
    isPacked: true,
    initiator: early([]),
    responder: early(['third', 'fourth']),
  },
  {
    description: 'control: newer beacon and list in the hello, log, cells, pick, items',
    set: 'control',
    initiator: early([]),
    responder: { ...LATE, items: [] },
  },
  {
    description: 'a closed chain of which the initiator has nothing: headers, then as before',
    set: 'green',
    initiator: { ...LATE, items: [] },
    responder: { ...LATE, items: ['head', 'below'] },
  },
]

/** Whole sessions, from the first hello to the last message, by the code that nodes run. */
export async function exchangeVectors(): Promise<VectorFile> {
  const material = await makeMaterial()
  const cases: VectorCase[] = []
  for (const { description, isPacked = false, ...draft } of DRAFTS) {
    const exchange = { ...draft, sides: isPacked ? ['initiator' as const] : BOTH }
    await using initiator = await openSide(material, 'initiator', holdingOf(exchange, 'initiator'))
    await using responder = await openSide(material, 'responder', holdingOf(exchange, 'responder'))
    const messages = await converse(initiator, responder, draft.set)
    cases.push({
      description,
      ...exchange,
      messages: isPacked ? messages.map(packed) : messages,
      after: { initiator: initiator.rootOf(draft.set), responder: responder.rootOf(draft.set) },
      expect: 'accept',
    })
  }
  return {
    description:
      'Whole sessions over "set". The clock of both sides is at "at", they have swept to its hour, and cells are under "key". "initiator" and "responder" say what each side holds before: the certificate "root" of the ACO; control objects and items by their names in this file, items in the order of arrival; so many entries of "log"; and in "common" after how many items both were last found to hold the same. "messages" are all that is said, [speaker, bytes], before frames compress it; "after" is count and digest of the set on either side then. Given the messages of the other, each of "sides" says its own to the byte where it keeps to the numbers of the page; another implementation may ask for other nodes and cells, and fill messages otherwise: what both hold after it is the same. See docs/spec/reconciliation.md, "Session".',
    ...material,
    cases,
  }
}

/** Replays each side of a session with the other's messages, and gives what was said and what it holds then. */
export async function replayExchange(
  material: Material,
  exchange: Exchange,
): Promise<Readonly<Record<string, unknown>>> {
  const after: Partial<Record<Role, unknown>> = {}
  let messages: readonly Said[] = []
  for (const role of exchange.sides) {
    await using side = await openSide(material, role, holdingOf(exchange, role))
    messages = await replay(side, exchange.messages, exchange.set)
    after[role] = side.rootOf(exchange.set)
    if (JSON.stringify(messages) !== JSON.stringify(exchange.messages)) break
  }
  return { messages, after }
}

const BOTH: readonly Role[] = ['initiator', 'responder']

function holdingOf(
  exchange: Pick<Exchange, 'set' | Role>,
  role: Role,
): { readonly set: SyncSet; readonly holding: Holding } {
  return { set: exchange.set, holding: exchange[role] }
}

/** A message of items before the last of an answer, as a pack of it alone. */
function packed([speaker, bytes]: Said): Said {
  const message = decodeSyncMessage(fromHex(bytes))
  if (message.type !== 'items' || !message.more) return [speaker, bytes]
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, bytes.length / 2)
  const frame = rawFrame(concatBytes(length, fromHex(bytes)))
  return [speaker, toHex(encodeSyncMessage({ type: 'pack', frame }))]
}

/** A zstd frame of one raw block, which every version of every compressor could have made. RFC 8878 section 3.1.1. */
function rawFrame(content: Uint8Array): Uint8Array {
  const head = new Uint8Array(10)
  const view = new DataView(head.buffer)
  view.setUint32(0, 0xfd2fb528, true)
  // A single segment, whose size is two bytes and counts from 256.
  view.setUint8(4, 0x60)
  view.setUint16(5, content.length - 256, true)
  // The last block, raw, and so long.
  view.setUint16(7, ((content.length << 3) | 1) & 0xffff, true)
  view.setUint8(9, content.length >> 13)
  return concatBytes(head, content)
}
