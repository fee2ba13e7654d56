import { fromHex, type SyncItem } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { batchOf, type Forged, leafOf } from '../../../../test/support/forge.ts'
import type { HeaderRow } from '../store/index.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { MAX_FORKS } from './chain-ends.ts'

const FILE = { kind: 'file' } as const
const FORKS = 40

let aco: TestAco
let alice: TestNode
let bob: TestNode

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
})

afterEach(async () => {
  for (const node of [alice, bob, aco]) await node[Symbol.asyncDispose]()
})

describe('headers alone', () => {
  it('are taken at or below a head that closes the chains of their author, and otherwise nothing is kept of them', async () => {
    const first = await forged(0)
    const second = await forged(1, first.hash)
    const fork = await forged(1, first.hash)
    expect(await codesOf([first, second])).toEqual(['HEADER_UNWANTED', 'HEADER_UNWANTED'])
    const seen = { arrivedAt: aco.now, author: alice.node, chain: '07'.repeat(16), to: 0n }
    const header = { ...seen, hash: Buffer.from(second.hash).toString('hex'), bytes: second.header, seq: 1 }
    await aco.store.commit({ headers: [header] }, { sync: false })
    await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'unspecified' })
    await bob.hear()
    expect(await codesOf([first, fork, second, first])).toEqual([
      'CHAIN_CLOSED',
      'CHAIN_CLOSED',
      'ACCEPTED',
      'ACCEPTED',
    ])
    expect(bob.store.counts.headers).toBe(2)
  })
})

describe('very many headers for one place', () => {
  it('are evidence each, and make nothing read them all', async () => {
    const rows: number[] = []
    for (const name of ['headersOfAuthor', 'endOfChain'] as const) {
      const read = bob.store[name].bind(bob.store) as (...args: unknown[]) => Promise<readonly HeaderRow[]>
      bob.store[name] = async (...args: unknown[]) => {
        const found = await read(...args)
        rows.push(found.length)
        return found
      }
    }
    const before = await forged(0)
    await store([before])
    const forks = await Promise.all(Array.from({ length: FORKS }, () => forged(1, before.hash)))
    await store(forks)
    await store([await forged(2, forks.at(-1)?.hash), await forged(1, before.hash)])
    expect(Math.max(...rows)).toBe(MAX_FORKS + 1)
    const codes = (await bob.store.quarantine(100)).map(({ code }) => code)
    expect(codes).toEqual(Array(FORKS).fill('CHAIN_FORK'))
  })
})

/** A batch of alice's, with one record, at a place of one chain. */
function forged(seq: number, previous?: Uint8Array): Promise<Forged> {
  const author = {
    signer: alice.signer,
    keyId: fromHex(alice.node),
    certificate: alice.own().certificate.bytes,
  }
  const chain = { chain: new Uint8Array(16).fill(7), seq, ...(previous && { previous }) }
  const at = aco.now + seq * 1000
  return batchOf(author, {
    leaves: [leafOf(author, { at })],
    header: { audience: 'green', ...chain },
    from: at,
    to: at,
  })
}

async function codesOf(batches: readonly Forged[]): Promise<readonly string[]> {
  const codes: string[] = []
  for (const { header } of batches) {
    const item: SyncItem = { form: 'header', bytes: header }
    const { code, stored } = await bob.admission.admitItem(item, FILE)
    await stored
    codes.push(code)
  }
  return codes
}

async function store(batches: readonly Forged[]): Promise<void> {
  for (const { bytes } of batches) {
    const { code, stored } = await bob.admission.admitBatch(bytes, FILE, { sync: false })
    expect(code).toBe('ACCEPTED')
    await stored
  }
}
