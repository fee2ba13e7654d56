import { randomBytes } from 'node:crypto'
import { type CborValue, encodeCbor, utf8Bytes } from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { expectRefusal, type Forge, laySiege, type Siege } from '../support/attack.ts'
import type { Attacker } from '../support/attacker.ts'
import { announced, leafParts, replaced } from '../support/craft.ts'
import { eventually } from '../support/eventually.ts'
import { batchOf, leafOf, stixOf } from '../support/forge.ts'

const HOUR_MS = 3_600_000
/** Key of the label in a leaf's clear part. */
const TLP_FIELD = 5

let siege: Siege
beforeAll(async () => {
  siege = await laySiege()
})
afterAll(() => siege?.[Symbol.asyncDispose]())

const CASES: readonly (readonly [what: string, code: string, forge: Forge])[] = [
  ['a leaf that is no CBOR', 'LEAF_MALFORMED', ({ author }) => oneLeaf(author, utf8Bytes('<xml/>'))],
  [
    'a leaf with one key twice',
    'LEAF_MALFORMED',
    ({ author }) => oneLeaf(author, replaced(leafOf(author), [0x01, 0x58, 0x20], [0x00, 0x58, 0x20])),
  ],
  [
    'a hundred thousand arrays in a leaf',
    'LEAF_MALFORMED',
    ({ author }) => oneLeaf(author, new Uint8Array(100_000).fill(0x81)),
  ],
  [
    'a leaf beyond 256 KiB',
    'LEAF_TOO_LARGE',
    ({ author }) => oneLeaf(author, new Uint8Array(256 * 1024 + 1)),
  ],
  ['a leaf without a label', 'LEAF_MALFORMED', ({ author }) => oneLeaf(author, withoutLabel(author))],
  [
    'an expired record',
    'RECORD_EXPIRED',
    async (attacker) => expired(await announced(siege.aco, attacker, { from: -12 * HOUR_MS })),
  ],
  [
    'a record that expires before it begins',
    'LEAF_EXPIRY_RANGE',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { expires: 1 } })),
  ],
  [
    'a record that lives for a century',
    'LEAF_EXPIRY_RANGE',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { expires: 2 ** 31 } })),
  ],
  [
    'a leaf of another author',
    'LEAF_AUTHOR_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(siege.aco.operator)),
  ],
  [
    'a leaf of another cluster',
    'LEAF_CLUSTER_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { cluster: 'energy.eu' } })),
  ],
  [
    'a leaf outside the readings of its header',
    'LEAF_HLC_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(author, { at: Date.now() - HOUR_MS })),
  ],
  [
    'a leaf for another compartment',
    'LEAF_AUDIENCE_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { compartments: ['clear'], tlp: 'clear' } })),
  ],
  [
    'a leaf for two compartments',
    'LEAF_AUDIENCE_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { compartments: ['clear', 'green'] } })),
  ],
  [
    'an AMBER leaf in GREEN',
    'LEAF_LABEL_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { tlp: 'amber' } })),
  ],
  [
    'a CLEAR leaf in GREEN',
    'LEAF_LABEL_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { tlp: 'clear' } })),
  ],
  [
    'a label that the clearance of its author does not reach',
    'LEAF_ABOVE_CLEARANCE',
    async (attacker) => (await batchOf(await announced(siege.aco, attacker, { clearance: 'clear' }))).bytes,
  ],
  [
    'a leaf of somebody for whom its author would act',
    'NEWER_THAN_ME',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { actsFor: randomBytes(16) } })),
  ],
  [
    'a tombstone with an object',
    'LEAF_MALFORMED',
    ({ author }) =>
      oneLeaf(
        author,
        withBody(author, [
          [1, 1],
          [4, [randomBytes(32)]],
          [6, stixOf()],
          [7, 0],
        ]),
      ),
  ],
]

describe('a leaf by gossip', () => {
  test.for(CASES)('that is %s is refused with %s', async ([, code, forge]) => {
    const attacker = await siege.attackers.next()
    const bytes = await forge(attacker)
    await expectRefusal(siege, { attacker, send: () => attacker.gossip('green', bytes), code })
  })

  it('may hold fields of the body that this version does not know, which are kept byte for byte', async () => {
    const attacker = await siege.attackers.next()
    const leaf = withBody(attacker.author, [
      [1, 0],
      [6, stixOf()],
      [70, 'later'],
    ])
    const { bytes, ids } = await batchOf(attacker.author, { leaves: [leaf] })
    await attacker.gossip('green', bytes)
    const [item] = await eventually(async () => {
      const { items } = await siege.mesh.node('beta').api.export({ record: ids[0] as string })
      expect(items).toHaveLength(1)
      return items
    })
    expect(Buffer.from(item?.proof ?? '', 'base64url').indexOf(leaf)).toBeGreaterThan(0)
  })
})

type Author = Attacker['author']

async function oneLeaf(author: Author, leaf: Uint8Array): Promise<Uint8Array> {
  return (await batchOf(author, { leaves: [leaf] })).bytes
}

/** A record of three hours ago that lived for an hour. */
async function expired(author: Author): Promise<Uint8Array> {
  const at = Date.now() - 3 * HOUR_MS
  const leaf = leafOf(author, { at, clear: { expires: Math.floor(at / HOUR_MS) + 1 } })
  return (await batchOf(author, { leaves: [leaf], from: at, to: at })).bytes
}

/** A leaf with a body of any fields. */
function withBody(author: Author, fields: readonly (readonly [number, CborValue])[]): Uint8Array {
  return encodeCbor([leafParts(author)[0], new Map(fields)])
}

function withoutLabel(author: Author): Uint8Array {
  const [clear, body] = leafParts(author)
  return encodeCbor([new Map([...clear].filter(([key]) => key !== TLP_FIELD)), body])
}
