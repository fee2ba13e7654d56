import { gzipSync } from 'node:zlib'
import type { LookupAnswer, LookupHit, NodeApi } from '../api.ts'
import { describe, expect, it } from 'vitest'
import { filterBytes } from './filter-format.ts'
import { openMatcher } from './open-matcher.ts'
import { sidecarOf } from './testing/filter-of.ts'

const KNOWN = { type: 'domain', value: 'evil.example' } as const
const TEXT = 'nothing\r\nGET bücher.example \u{1f47e}\r\nGET evil.example\r\n'

describe(openMatcher, () => {
  it('reads UTF-16 that says so, wherever it is cut, and whether it is compressed', async () => {
    await using matcher = await openMatcher(API, NEVER)
    const little = Buffer.from(`\ufeff${TEXT}`, 'utf16le')
    const big = Buffer.from(little).swap16()
    for (const bytes of [little, big, Buffer.from(`\ufeff${TEXT}`), Buffer.from(TEXT), gzipSync(little)])
      for (const size of [1, 7, 1000]) {
        const found = []
        let read = 0
        for await (const { lines, matches } of matcher.match(inPieces(bytes, size), NEVER)) {
          read = lines
          found.push(...matches.map(({ line, known: { value } }) => `${line} ${value}`))
        }
        expect([read, found]).toEqual([3, ['3 evil.example']])
      }
  })
})

const NEVER = new AbortController().signal

const API: Pick<NodeApi, 'filter' | 'lookup'> = {
  filter: (signal) => filterBytes(sidecarOf([KNOWN]), 1, signal),
  lookup: async (values) => values.map((query) => answerOf(query)),
}

function answerOf(query: string): LookupAnswer {
  const hits = query === KNOWN.value ? [{ matched: { ...KNOWN, relation: 'exact' } } as LookupHit] : []
  return { query, understood: [], hits, total: hits.length }
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
