import { MERGE_DELAY_MS } from '@intelmesh/protocol'
import { describe, expect, it } from 'vitest'
import type { KnownCertificate } from './roster.ts'
import { createUnlogged } from './unlogged.ts'

const ISSUED_S = 1_000_000
const AT = ISSUED_S * 1000

function certificate(id: string, subject: 'node' | 'operator' = 'node'): KnownCertificate {
  const certificate = {
    bytes: new TextEncoder().encode(id),
    claims: { issuedAt: ISSUED_S, mesh: { subject } },
  }
  return { id, keyId: id, certificate } as unknown as KnownCertificate
}

function logOf(...entries: string[]): {
  has: (entry: Uint8Array) => Promise<boolean>
  add: (entry: string) => void
} {
  const held = new Set(entries)
  return {
    has: async (entry) => held.has(new TextDecoder().decode(entry)),
    add: (entry) => void held.add(entry),
  }
}

describe(createUnlogged, () => {
  it('lets a certificate be for the merge delay, and no longer while it is not in the log', async () => {
    const unlogged = createUnlogged(logOf())
    await unlogged.note(certificate('a'))
    expect(unlogged.isOverdue('a', AT + MERGE_DELAY_MS - 1)).toBe(false)
    expect(unlogged.isOverdue('a', AT + MERGE_DELAY_MS)).toBe(true)
  })

  it('watches a certificate while the log cannot be read', async () => {
    const unlogged = createUnlogged({ has: () => Promise.reject(new RangeError('the disk fails')) })
    await expect(unlogged.note(certificate('a'))).rejects.toThrow(RangeError)
    expect(unlogged.isOverdue('a', AT + MERGE_DELAY_MS)).toBe(true)
  })

  it('forgets a certificate that comes into the log', async () => {
    const log = logOf()
    const unlogged = createUnlogged(log)
    await unlogged.note(certificate('a'))
    log.add('a')
    await unlogged.settle()
    expect(unlogged.isOverdue('a', AT + MERGE_DELAY_MS)).toBe(false)
  })

  it('does not watch what is logged, nor issuers, by whom the log is judged', async () => {
    const unlogged = createUnlogged(logOf('a'))
    await unlogged.note(certificate('a'))
    await unlogged.note(certificate('o', 'operator'))
    expect(unlogged.isOverdue('a', AT + MERGE_DELAY_MS)).toBe(false)
    expect(unlogged.isOverdue('o', AT + MERGE_DELAY_MS)).toBe(false)
  })
})
