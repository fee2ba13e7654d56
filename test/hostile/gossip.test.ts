import { randomBytes } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { topicOf } from '@intelmesh/protocol'
import { codesOf, expectServed, laySiege, newAttacker, scoreOf, type Siege } from '../support/attack.ts'
import { eventually } from '../support/eventually.ts'
import { batchOf, leafOf } from '../support/forge.ts'

const MIB = 1024 * 1024
const GREEN = topicOf('green', 'finance.eu')

let siege: Siege
beforeAll(async () => {
  siege = await laySiege()
})
afterAll(() => siege?.[Symbol.asyncDispose]())

describe('a message of 10 MB', () => {
  it('is not inflated, and costs its sender', async () => {
    const { victim, others } = siege
    await using attacker = await newAttacker(siege.mesh, victim)
    await attacker.gossipWire('green', zstdCompressSync(new Uint8Array(10 * MIB)))
    await expectServed([victim, ...others], attacker)
    expect(await scoreOf(victim, attacker.node)).toBeLessThan(-50)
  })

  it('is not taken when it is as long on the wire, and the node goes on', async () => {
    const { victim, others } = siege
    await using attacker = await newAttacker(siege.mesh, victim)
    await using bystander = await newAttacker(siege.mesh, victim)
    const { records } = await victim.api.status()
    await attacker.flood(10 * MIB)
    await expectServed([victim, ...others], bystander)
    expect((await victim.api.status()).records).toBe(records + 1)
  })

  it('is no zstd frame, or has something after it, and costs its sender', async () => {
    const { victim, others } = siege
    await using attacker = await newAttacker(siege.mesh, victim)
    const { bytes } = await batchOf(attacker.author)
    await attacker.gossipWire('green', bytes)
    await attacker.gossipWire('green', Buffer.concat([zstdCompressSync(bytes, pledged(bytes)), Buffer.of(0)]))
    await expectServed([victim, ...others], attacker)
    expect(await scoreOf(victim, attacker.node)).toBeLessThan(-350)
  })
})

describe('a batch that is compressed a hundred ways', () => {
  it('is one record, and is passed on once', async () => {
    const { victim, others, mesh } = siege
    await using attacker = await newAttacker(mesh, victim)
    await using witness = await newAttacker(mesh, victim)
    await witness.force('green')
    await eventually(async () => expect(await topicsOf(witness.node)).toContain(GREEN))
    const leaves = [leafOf(attacker.author), leafOf(attacker.author)]
    const { bytes, ids } = await batchOf(attacker.author, { leaves })
    const wires = Array.from({ length: 100 }, (_, i) => framedAt(bytes, i + 1))
    const { records } = await victim.api.status()
    for (const wire of wires) await attacker.gossipWire('green', wire)
    await eventually(() => others[0]?.api.show(ids.at(-1) as string))
    await expectServed([victim, ...others], attacker)
    await eventually(() => expect(copiesOf(witness.received, bytes)).toBe(1))
    expect((await victim.api.status()).records).toBe(records + leaves.length + 1)
    expect(await scoreOf(victim, attacker.node)).toBeGreaterThanOrEqual(0)
  })
})

describe('one leaf under two headers of its author', () => {
  it('is one record, provable by either', async () => {
    const { victim, others } = siege
    await using attacker = await newAttacker(siege.mesh, victim)
    const leaf = leafOf(attacker.author)
    const first = await batchOf(attacker.author, { leaves: [leaf] })
    const second = await batchOf(attacker.author, { leaves: [leaf, leafOf(attacker.author)] })
    const { records } = await victim.api.status()
    await attacker.gossip('green', first.bytes)
    await attacker.gossip('green', second.bytes)
    for (const node of [victim, ...others]) await eventually(() => node.api.show(second.ids[1] as string))
    expect((await victim.api.status()).records).toBe(records + 2)
    expect(await codesOf(victim, attacker.node)).toEqual([])
    const { items } = await victim.api.export({ record: first.ids[0] as string })
    const proof = Buffer.from(items[0]?.proof ?? '', 'base64url')
    expect([first.header, second.header].some((header) => proof.includes(Buffer.from(header)))).toBe(true)
  })

  it('stays one record when its author forks its chain, which is written down', async () => {
    const { victim, others } = siege
    await using attacker = await newAttacker(siege.mesh, victim)
    const header = { chain: randomBytes(16), seq: 0 }
    const one = await batchOf(attacker.author, { header })
    const other = await batchOf(attacker.author, { header })
    await attacker.gossip('green', one.bytes)
    await eventually(() => victim.api.show(one.ids[0] as string))
    await attacker.gossip('green', other.bytes)
    for (const node of [victim, ...others]) await eventually(() => node.api.show(other.ids[0] as string))
    await eventually(async () => expect(await codesOf(victim, attacker.node)).toEqual(['CHAIN_FORK']))
  })
})

async function topicsOf(node: string): Promise<readonly string[]> {
  const peers = await siege.victim.api.peers()
  return peers.find((peer) => peer.node === node)?.topics ?? []
}

function copiesOf(received: readonly { readonly bytes: Uint8Array }[], bytes: Uint8Array): number {
  return received.filter((message) => Buffer.from(bytes).equals(message.bytes)).length
}

function pledged(bytes: Uint8Array): { pledgedSrcSize: number } {
  return { pledgedSrcSize: bytes.length }
}

/** Different zstd frames of the same bytes: two raw blocks, cut at `cut` (RFC 8878 section 3.1.1). */
function framedAt(bytes: Uint8Array, cut: number): Uint8Array {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(bytes.length)
  const block = (part: Uint8Array, isLast: boolean): Buffer => {
    const header = (part.length << 3) | (isLast ? 1 : 0)
    return Buffer.concat([Buffer.of(header & 0xff, (header >> 8) & 0xff, header >> 16), part])
  }
  return Buffer.concat([
    Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0),
    size,
    block(bytes.subarray(0, cut), false),
    block(bytes.subarray(cut), true),
  ])
}
