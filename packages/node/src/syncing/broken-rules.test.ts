import {
  encodeControl,
  encodeSyncMessage,
  decodeSyncMessage,
  parseBatch,
  type SyncItem,
  type SyncMessage,
} from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { change, EMPTY_SET, entryOf } from '../../../../test/protocol/trees.ts'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import type { FrameChannel } from '../network/index.ts'
import { NO_METRICS } from '../observe/index.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, loneItems, requestOf } from '../testing/test-objects.ts'
import { initiate } from './initiate.ts'
import { respond } from './respond.ts'
import { createSlots } from './scheduling/slots.ts'
import { createStandings } from './scheduling/standings.ts'
import { visit } from './scheduling/visit.ts'
import { createWithheld } from './scheduling/withheld.ts'
import { channelPair, sideOf } from './testing/test-session.ts'

let aco: TestAco
let alice: TestNode
let bob: TestNode
/** A batch of one record that alice has, as its author signed it. */
let batch: Uint8Array

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
  for (const node of [alice, bob]) await node.hear()
  await alice.publisher.publish(requestOf([indicatorText('one')]))
  batch = alice.announced[0]?.batch as Uint8Array
})

afterEach(async () => {
  for (const node of [alice, bob]) await node[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe('a peer that breaks the rules', () => {
  const UNDUE: readonly (readonly [string, string, readonly SyncMessage[]])[] = [
    ['more cells than are kept', 'SYNC_LIMIT', [cells(61_440, ['']), cells(61_440)]],
    ['tables without end', 'SYNC_LIMIT', Array<SyncMessage>(9).fill(cells(1, ['']))],
    ['everything over and over', 'SYNC_MALFORMED', [{ type: 'fetch', paths: Array<string>(1024).fill('') }]],
    ['cells over one path twice', 'SYNC_MALFORMED', [cells(1, ['0001', '00011f'])]],
    ['further cells before the first', 'SYNC_MALFORMED', [cells(1)]],
    ['short ids before cells', 'SYNC_MALFORMED', [{ type: 'pick', shortIds: new Uint8Array(8) }]],
    ['what is recent, where nothing is', 'SYNC_MALFORMED', [{ type: 'recent' }]],
  ]
  test.for(UNDUE)('by asking for %s is cut off with %s', async ([, code, messages]) => {
    const { near, far } = channelPair(bob.node, alice.node)
    for (const message of [{ type: 'hello', hello: HELLO } as const, ...messages])
      await near.send(encodeSyncMessage(message))
    await near[Symbol.asyncDispose]()
    expect(await codeWhen(respond(sideOf(alice), far))).toBe(code)
  })

  it('by a floor beyond what it swept gets no view', async () => {
    let views = 0
    const store = { ...alice.store, viewOf: () => (views++, alice.store.viewOf('green')) }
    const { near, far } = channelPair(bob.node, alice.node)
    await near.send(encodeSyncMessage({ type: 'hello', hello: { ...HELLO, floor: 2 ** 40 } }))
    await near[Symbol.asyncDispose]()
    expect(await codeWhen(respond({ ...sideOf(alice), store }, far))).toBe('SYNC_MALFORMED')
    const back = channelPair(bob.node, alice.node)
    await back.far.send(encodeSyncMessage({ type: 'hello', hello: { ...HELLO, count: 1, floor: 2 ** 40 } }))
    expect(await codeWhen(initiate({ ...sideOf(alice), store }, back.near, 'green'))).toBe('SYNC_MALFORMED')
    expect(views).toBe(0)
  })

  it('by showing again and again what it does not give is at fault', async () => {
    const invented = await change(
      EMPTY_SET,
      Array.from({ length: 20 }, (_, i) => entryOf(499_656, i)),
    )
    const side = sideOf(bob)
    const liars: Promise<void>[] = []
    const visiting = {
      ...side,
      maySee: (_node: string, compartment: string) => compartment === 'green',
      async open() {
        const { near, far } = channelPair(bob.node, alice.node)
        const liar = serve(far, async (message) => {
          if (message.type === 'hello')
            return message.hello.set === 'green'
              ? { type: 'hello', hello: { ...message.hello, ...invented.root } }
              : { type: 'same' }
          if (message.type === 'ask')
            return { type: 'nodes', nodes: message.paths.map((path) => invented.nodes.get(path)) }
          return { type: 'items', more: false, items: [] }
        })
        liars.push(liar)
        return near
      },
      metrics: NO_METRICS,
      standings: createStandings(() => aco.now),
      withheld: createWithheld(),
      slots: createSlots(1, { windowMs: 60_000, least: 1, windows: 1 }),
      onControl: () => undefined,
    }
    const appointment = { node: alice.node, compartments: new Set(['green'] as const) }
    for (const faults of [[], ['SYNC_CLAIMED'], ['SYNC_CLAIMED', 'SYNC_CLAIMED']]) {
      expect(await visit(visiting, appointment, AbortSignal.timeout(10_000))).toBe('nothing')
      expect(side.faults).toEqual(faults)
    }
    await Promise.all(liars)
  })

  it('is not one that says that something is recent and has nothing of it', async () => {
    const side = sideOf(bob)
    const { near, far } = channelPair(bob.node, alice.node)
    const peer = serve(far, async (message) => {
      if (message.type === 'hello') {
        const root = (await change(EMPTY_SET, [entryOf(499_656, 1)])).root
        return { type: 'hello', hello: { ...message.hello, ...root, more: { recent: 20 } } }
      }
      if (message.type === 'ask') return { type: 'nodes', nodes: message.paths.map(() => undefined) }
      return { type: 'items', more: false, items: [] }
    })
    const outcome = await initiate(side, near, 'green').catch(() => undefined)
    expect(outcome?.withheld).not.toBe(true)
    await near[Symbol.asyncDispose]()
    await peer
    expect(side.faults).toEqual([])
  })

  it('by pushing control objects without end has no more of them checked than one member may', async () => {
    const { near, far } = channelPair(bob.node, alice.node)
    const side = sideOf(alice)
    const codes: string[] = []
    const admission: typeof side.admission = {
      ...side.admission,
      async admitControl(...given) {
        const verdicts = await side.admission.admitControl(...given)
        codes.push(...verdicts.map(({ code }) => code))
        return verdicts
      },
    }
    const junk = encodeControl({ kind: 'certificate', bytes: new Uint8Array(60_000) })
    const items = Array<SyncItem>(20).fill({ form: 'control', bytes: junk })
    await near.send(encodeSyncMessage({ type: 'hello', hello: { ...HELLO, set: 'control' } }))
    for (let i = 0; i < 5; i++) await near.send(encodeSyncMessage({ type: 'items', more: false, items }))
    await near[Symbol.asyncDispose]()
    await respond({ ...side, admission }, far)
    expect(codes).toHaveLength(100)
    expect(codes.slice(0, 60)).not.toContain('QUOTA')
    expect(new Set(codes.slice(80))).toEqual(new Set(['QUOTA']))
  })

  it.for(['batch', 'record', 'header'] as const)(
    'by giving a %s of another compartment than its session is at fault',
    async (form) => {
      const side = sideOf(bob)
      const { near, far } = channelPair(alice.node, bob.node)
      const hello = { ...HELLO, set: 'clear', count: 1, digest: new Uint8Array(32).fill(1) } as const
      const record = loneItems(batch)[0] as SyncItem
      const header = { form: 'header', bytes: parseBatch(batch).header.bytes } as const
      const items = [{ batch: { form: 'batch', bytes: batch } as const, record, header }[form]]
      await near.send(encodeSyncMessage({ type: 'hello', hello }))
      await near.send(encodeSyncMessage({ type: 'items', more: false, items }))
      await near[Symbol.asyncDispose]()
      await respond(side, far)
      expect(side.faults).toEqual(['HEADER_AUDIENCE_MISMATCH'])
      expect(bob.store.counts).toMatchObject({ records: 0, headers: 0 })
    },
  )

  it('by giving more than it was asked for is cut off', async () => {
    const item = { form: 'batch', bytes: batch } as const
    const invented = await change(EMPTY_SET, [entryOf(499_656, 1)])
    const { near, far } = channelPair(bob.node, alice.node)
    const liar = serve(far, async (message) => {
      if (message.type === 'hello') return { type: 'hello', hello: { ...message.hello, ...invented.root } }
      if (message.type === 'ask')
        return { type: 'nodes', nodes: message.paths.map((path) => invented.nodes.get(path)) }
      return { type: 'items', more: true, items: [item, item] }
    })
    expect(await codeWhen(initiate(sideOf(bob), near, 'green'))).toBe('SYNC_LIMIT')
    await near[Symbol.asyncDispose]()
    await liar
  })
})

const HELLO = {
  set: 'green',
  asOf: 0,
  floor: 0,
  count: 0,
  digest: new Uint8Array(32),
  more: {},
} as const

function cells(count: number, paths: readonly string[] = []): SyncMessage {
  return { type: 'cells', count, paths }
}

/** Answers every message of a stream, until it ends. */
async function serve(
  channel: FrameChannel,
  answer: (message: SyncMessage) => Promise<SyncMessage>,
): Promise<void> {
  for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive())
    await channel.send(encodeSyncMessage(await answer(decodeSyncMessage(frame))))
}
