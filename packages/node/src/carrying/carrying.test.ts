import { concatBytes } from '@intelmesh/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import type { SyncImportReport } from '../care-api.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { createFrameWriter, FILE_ID_BYTES, MAGIC, openFrames } from './frames.ts'
import { readFile } from './read-file.ts'
import { writeFile } from './write-file.ts'

const SIGNAL = new AbortController().signal

let aco: TestAco
let alice: TestNode
/** Joined before the others did, and heard of nothing since. */
let bob: TestNode

beforeEach(async () => {
  aco = await createTestAco()
  bob = await createTestNode(aco, 'bob')
  alice = await createTestNode(aco, 'alice')
  await alice.hear()
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await bob[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(writeFile, () => {
  it('carries control, what was taken back and records to a node that heard of none of it', async () => {
    const [first] = (await published(['one', 'two'])) as [string]
    await published(['three'], 'clear')
    await alice.publisher.retract({ ids: [first], reason: 'error' })
    const report = await taken(bob, await fileOf(alice))
    expect(report).toMatchObject({
      isWhole: true,
      refused: [],
      missingCertificates: [],
      chainGaps: [],
      hourGaps: [],
    })
    for (const set of ['clear', 'green', 'clear/tombstones', 'green/tombstones', 'control'] as const)
      expect([set, bob.store.rootOf(set)]).toEqual([set, alice.store.rootOf(set)])
    expect(bob.trust.log).toEqual(alice.trust.log)
    expect(countsOf(report, 'green')).toMatchObject({ carried: 1, taken: 1, held: 0, here: 1, there: 1 })
  })

  it('holds of data what arrived since, and says which headers and hours are not here then', async () => {
    await published(['one'])
    aco.now += 2 * HOUR_MS
    await aco.authority.beat()
    await alice.hear()
    const since = aco.now
    await published(['two'])
    const report = await taken(bob, await fileOf(alice, { since }))
    expect(countsOf(report, 'green')).toMatchObject({ carried: 1, taken: 1, here: 1, there: 2 })
    expect(report.chainGaps).toMatchObject([{ author: alice.node, missing: 1 }])
    expect(report.hourGaps).toMatchObject([{ set: 'green', here: 0, there: 1 }])
    expect(report.from.since).toBe(new Date(since).toISOString())
  })

  it('lets out what the asker may see, and nothing of what is above, not even that it is there', async () => {
    await published(['secret'], 'green')
    await published(['open'], 'clear')
    const file = await fileOf(alice, { clearance: 'clear' })
    const report = await taken(bob, file)
    expect(report.sets.map(({ set }) => set)).toEqual(['control', 'clear'])
    expect(report.hourGaps).toEqual([])
    expect(bob.store.counts.records).toBe(1)
  })
})

describe(readFile, () => {
  it('takes nothing twice, and judges no frame again that is settled', async () => {
    await published(['one', 'two'])
    const file = await fileOf(alice)
    await taken(bob, file)
    const sequence = bob.store.counts.sequence
    const again = await taken(bob, file)
    expect(again).toMatchObject({ isWhole: true, frames: { damaged: 0 }, refused: [] })
    expect(again.frames.skipped).toBeGreaterThan(0)
    expect(countsOf(again, 'green')).toMatchObject({ carried: 2, taken: 0, held: 2 })
    expect(bob.store.counts.sequence).toBe(sequence)
  })

  it('takes all of a file, whatever another with its identity brought before', async () => {
    await published(['one', 'two'])
    const file = await fileOf(alice)
    const opened = await openFrames(once(file))
    const write = createFrameWriter(opened.fileId)
    const copycat = [MAGIC, opened.fileId]
    let last: Uint8Array | undefined
    // The same control items in the place of every frame with records.
    for await (const frame of opened.frames()) {
      if (frame.kind === 'damaged') throw new Error('the file is whole')
      if (frame.kind === 'items') last ??= frame.content
      copycat.push(write(frame.kind, frame.kind === 'items' ? (last as Uint8Array) : frame.content))
    }
    await taken(bob, concatBytes(...copycat))
    expect(bob.store.counts.records).toBe(0)
    expect(await taken(bob, file)).toMatchObject({ isWhole: true, refused: [] })
    expect(bob.store.rootOf('green')).toEqual(alice.store.rootOf('green'))
  })

  it('takes what is whole of a file that is cut anywhere, and the rest from the whole file', async () => {
    await published(['one', 'two'])
    await published(['three'], 'clear')
    const file = await fileOf(alice)
    let nodes = 0
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: file.length - 1 }), async (length) => {
        await using carol = await createTestNode(aco, `carol ${(nodes += 1)}`)
        const cut = taken(carol, file.subarray(0, length))
        const outcome = await cut.catch((error: { readonly code?: string }) => error.code ?? 'no code')
        if (typeof outcome === 'string') expect(outcome).toBe('CARRY_TRUNCATED')
        else expect(outcome.isWhole).toBe(false)
        const whole = await taken(carol, file)
        expect(whole.isWhole).toBe(true)
        expect(carol.store.rootOf('green')).toEqual(alice.store.rootOf('green'))
        expect(carol.store.rootOf('clear')).toEqual(alice.store.rootOf('clear'))
      }),
      { numRuns: 6 },
    )
  })

  it('tells the same of what is missing and refused, however often it was interrupted before', async () => {
    await published(['one'])
    aco.now += 2 * HOUR_MS
    await aco.authority.beat()
    await alice.hear()
    const since = aco.now
    await published(['two', 'three'])
    const expires = new Date(aco.now + 2 * HOUR_MS).toISOString()
    // In a set of its own: the frames of the others are taken whole.
    await alice.publisher.publish(requestOf([indicatorText('brief')], { expires, tlp: 'clear' }))
    const file = await fileOf(alice, { since })
    const sweptTo = Math.floor(aco.now / HOUR_MS) + 4
    await bob.sweeper.sweepTo(sweptTo)
    const first = gapsOf(await taken(bob, file))
    expect(first.chainGaps).toMatchObject([{ author: alice.node, missing: 1 }])
    expect(first.hourGaps).not.toEqual([])
    expect(first.refused).toMatchObject([{ code: 'RECORD_EXPIRED', count: 1 }])
    expect(gapsOf(await taken(bob, file))).toEqual(first)
    let nodes = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: file.length - 1 }), { maxLength: 3 }), async (lengths) => {
        await using carol = await createTestNode(aco, `carol ${(nodes += 1)}`)
        await carol.sweeper.sweepTo(sweptTo)
        for (const length of lengths) await taken(carol, file.subarray(0, length)).catch(() => undefined)
        expect(gapsOf(await taken(carol, file))).toEqual(first)
      }),
      { numRuns: 4 },
    )
  })

  it('finds every flipped bit, stores nothing that nobody signed, and ends', async () => {
    await published(['one', 'two'])
    const file = await fileOf(alice)
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: file.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const outcome = await taken(bob, file.with(at, (file[at] ?? 0) ^ flip)).catch(
            (error: { readonly code?: string }) => error.code ?? 'no code',
          )
          if (typeof outcome === 'string') expect(outcome).toMatch(/^CARRY_/)
          // Which file it is may be another then, and every frame is of that other file no more.
          else expect(outcome.isWhole).toBe(false)
          expect(bob.store.rootOf('green').count).toBeLessThanOrEqual(2)
        },
      ),
      { numRuns: 40 },
    )
  })

  test.for([
    ['nothing at all', () => new Uint8Array(0), 'CARRY_TRUNCATED'],
    ['another kind of file', () => new Uint8Array(100), 'CARRY_MALFORMED'],
    ['a later format', (file: Uint8Array) => file.with(MAGIC.length - 1, 2), 'CARRY_NEWER'],
    ['a head alone', (file: Uint8Array) => file.subarray(0, MAGIC.length + FILE_ID_BYTES), 'CARRY_TRUNCATED'],
  ] as const)('refuses %s', async ([, make, code]) => {
    expect(await codeWhen(taken(bob, make(await fileOf(alice))))).toBe(code)
  })

  it('refuses a file of another cluster', async () => {
    const file = await fileOf(alice)
    for (const [name, value] of [
      ['cluster', 'energy.eu'],
      ['aco', '00'.repeat(32)],
    ] as const) {
      const trust = Object.create(bob.trust, { [name]: { value } }) as TestNode['trust']
      const elsewhere = { ...bob.query, trust, admission: bob.admission }
      expect(await codeWhen(readFile(elsewhere, once(file), SIGNAL))).toBe('CARRY_FOREIGN')
    }
    expect(bob.store.counts.records).toBe(0)
  })

  it('ends with a stream that never does, once nothing in it can be told apart', async () => {
    const file = await fileOf(alice)
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield file.subarray(0, 400)
      for (;;) yield new Uint8Array(65_536).fill(7)
    }
    const report = await readFile({ ...bob.query, admission: bob.admission }, endless(), SIGNAL)
    expect(report).toMatchObject({ isWhole: false, broke: { code: 'CARRY_DAMAGED' } })
  })

  it('says whose certificates are missing, and takes their records once they have come', async () => {
    await using carol = await createTestNode(aco, 'carol')
    await alice.hear()
    await carol.hear()
    await carol.publisher.publish(requestOf([indicatorText('late')]))
    for (const { batch } of carol.announced)
      await (
        await alice.admission.admitBatch(batch, { kind: 'file' }, { sync: false })
      ).stored
    const file = await fileOf(alice)
    const trust = Object.assign(Object.create(bob.trust) as TestNode['trust'], {
      admit: async () => [{ action: 'ignore' as const, code: 'CERT_NOT_LOGGED' }],
    })
    const deaf = await readFile({ ...bob.query, trust, admission: bob.admission }, once(file), SIGNAL)
    expect(deaf.missingCertificates).toEqual([carol.own().id])
    expect(deaf.refused.map(({ code }) => code)).toContain('CERT_UNKNOWN')
    expect(bob.store.counts.records).toBe(0)
    expect(countsOf(await taken(bob, file), 'green').taken).toBe(1)
  })
})

const HOUR_MS = 3_600_000

async function published(
  names: readonly string[],
  tlp: 'clear' | 'green' = 'green',
): Promise<readonly string[]> {
  const result = await alice.publisher.publish(
    requestOf(
      names.map((name) => indicatorText(name)),
      { tlp },
    ),
  )
  expect(result.refused).toEqual([])
  return result.published.map(({ record }) => record)
}

async function fileOf(
  node: TestNode,
  { since, clearance = 'green' }: { readonly since?: number; readonly clearance?: 'clear' | 'green' } = {},
): Promise<Uint8Array> {
  let seed = 0
  const components = {
    ...node.query,
    clearance: () => clearance,
    sweeper: node.sweeper,
    random: (length: number) => new Uint8Array(length).fill(++seed),
  }
  const pieces: Uint8Array[] = []
  for await (const piece of writeFile(components, { since, signal: SIGNAL })) pieces.push(piece)
  return new Uint8Array(Buffer.concat(pieces))
}

function taken(node: TestNode, file: Uint8Array): Promise<SyncImportReport> {
  return readFile({ ...node.query, admission: node.admission }, once(file), SIGNAL)
}

/** In pieces whose borders mean nothing. */
async function* once(file: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += 997) yield file.subarray(at, at + 997)
}

/** What a report says of what is not here. */
function gapsOf({ refused, missingCertificates, chainGaps, hourGaps }: SyncImportReport) {
  return { refused, missingCertificates, chainGaps, hourGaps }
}

function countsOf({ sets }: SyncImportReport, name: string): SyncImportReport['sets'][number] {
  const found = sets.find(({ set }) => set === name)
  if (found === undefined) throw new Error(`nothing of ${name}`)
  return found
}
