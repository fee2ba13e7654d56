import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBatch } from '@intelmesh/protocol'
import { checkAdmission } from '@intelmesh/stix'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { nativeCrypto } from '../../../packages/node/src/crypto/index.ts'
import { openBenchNode } from '../bench-node.ts'
import { openCorpus } from '../corpus.ts'
import { type CorpusKind, variedObjects } from './templates.ts'

let cache = ''
beforeAll(async () => (cache = await mkdtemp(join(tmpdir(), 'corpus-test-'))))
afterAll(() => rm(cache, { recursive: true, force: true }))

function some(kind: CorpusKind, seed: string, count: number): readonly string[] {
  const objects = variedObjects(kind, seed)
  return Array.from({ length: count }, () => objects.next().value.text)
}

describe(variedObjects, () => {
  // More than the STIX files have indicators, so that a second round has begun.
  test.for(['mixed', 'indicators'] as const)('%s: no two are alike, and every node takes each', (kind) => {
    const texts = some(kind, '1', 900)
    const verdicts = texts.map((text) => checkAdmission(new TextEncoder().encode(text)))
    const ids = verdicts.map((verdict) => (verdict.ok ? verdict.value.id : verdict.code))
    expect(verdicts.filter(({ ok }) => !ok)).toEqual([])
    expect(new Set(ids).size).toBe(texts.length)
  })

  it('gives the same for the same seed, and nothing of it for another', () => {
    const texts = new Set(some('mixed', '1', 200))
    expect(some('mixed', '1', 200).every((text) => texts.has(text))).toBe(true)
    expect(some('mixed', '2', 200).some((text) => texts.has(text))).toBe(false)
  })
})

describe(openCorpus, () => {
  it('signs what a node takes, and gives the same bytes again', async () => {
    const ground = { seed: '1', cache, progress: (): void => undefined }
    const corpus = await openCorpus(ground, { size: 120, batchRecords: 50 })
    const batches = await Array.fromAsync(corpus.batches())
    const again = await Array.fromAsync((await openCorpus(ground, { size: 120, batchRecords: 50 })).batches())
    expect(again).toEqual(batches)
    expect(batches.map((batch) => openBatch(nativeCrypto, batch).leaves.length)).toEqual([50, 50, 20])
    await using node = await openBenchNode(corpus, join(cache, 'store'))
    expect(await node.ingest(batches)).toBe(120)
  })
})
