import { createHash } from 'node:crypto'
import { hlcAt, leafHash } from '@intelmesh/protocol'
import { nativeCrypto } from '../../crypto/index.ts'
import type { HeaderRow, Hex, RecordRow } from '../interface.ts'

/** 64 digits that follow from a name. */
export function hashOf(name: string): Hex {
  return createHash('sha256').update(name).digest('hex')
}

/** A record whose id fits its leaf; everything else follows from `number` unless given. */
export function sampleRecord(number: number, given: Partial<RecordRow> = {}): RecordRow {
  const leaf = new TextEncoder().encode(`leaf ${number}`)
  return {
    id: Buffer.from(leafHash(nativeCrypto, leaf)).toString('hex'),
    leaf,
    header: hashOf(`header ${Math.floor(number / 4)}`),
    index: number % 4,
    author: hashOf(`author ${number % 3}`),
    organisation: hashOf(`organisation ${number % 2}`).slice(0, 32),
    set: 'green',
    tlp: 'green',
    hlc: hlcAt(START + number * MINUTE),
    expires: Math.floor(START / HOUR) + 24 + (number % 5),
    arrivedAt: START + number,
    stixId: `indicator--${hashOf(`object ${number % 7}`).slice(0, 12)}`,
    stixType: 'indicator',
    stixVersion: START + number,
    observables: [
      { type: 'domain', value: `host-${number % 11}.example` },
      { type: 'ipv4', value: `192.0.2.${number % 200}` },
    ],
    retracts: [],
    references: [],
    ...given,
  }
}

/** A header whose hash is that of `name`. */
export function sampleHeader(name: string, given: Partial<HeaderRow> = {}): HeaderRow {
  return {
    hash: hashOf(name),
    bytes: new TextEncoder().encode(name),
    author: hashOf('author 0'),
    chain: hashOf('chain 0').slice(0, 32),
    seq: 1,
    to: hlcAt(START),
    arrivedAt: START,
    ...given,
  }
}

/** 22 November 2026. */
export const START = 1_795_305_600_000
export const HOUR = 3_600_000
const MINUTE = 60_000
