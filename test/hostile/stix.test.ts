import { utf8Bytes } from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { laySiege, scoreOf, type Siege } from '../support/attack.ts'
import { eventually } from '../support/eventually.ts'
import { batchOf, leafOf, stixOf, textOf } from '../support/forge.ts'

/** What a member signs as the object of a record, and the code by which every node refuses that one. */
const CASES: Readonly<Record<string, readonly [code: string, stix: Uint8Array]>> = {
  'no JSON': ['JSON_SYNTAX', utf8Bytes('<indicator/>')],
  'half of an object': ['JSON_SYNTAX', stixOf().slice(0, -20)],
  'something after the object': ['JSON_SYNTAX', utf8Bytes(`${textOf(stixOf())}{}`)],
  'no UTF-8': ['JSON_UTF8_INVALID', Buffer.from(textOf(stixOf()).replace('An address', '\u{ff}'), 'latin1')],
  'a lone surrogate': ['JSON_SURROGATE', changed('An address', String.raw`\ud800`)],
  'one name twice': ['JSON_DUPLICATE_NAME', changed('{', '{"created":"2024-01-01T00:00:00.000Z",')],
  'white space': ['JSON_NOT_CANONICAL', changed('{', '{ ')],
  'names out of order': ['JSON_NOT_CANONICAL', changed('{', '{"zone":"a",')],
  'a character escaped without need': ['JSON_NOT_CANONICAL', changed('An address', String.raw`\u0041n`)],
  'a number that JSON changes': ['JSON_NUMBER_LOSSY', changed('{', '{"confidence":1e400,')],
  'a number in another form': ['JSON_NOT_CANONICAL', changed('{', '{"confidence":1.0,')],
  'a hundred lists in each other': [
    'JSON_TOO_DEEP',
    changed('{', `{"a":${'['.repeat(100)}${']'.repeat(100)},`),
  ],
  'more values than anybody means': ['JSON_TOO_MANY_VALUES', changed('{', `{"a":[${'0,'.repeat(20_000)}0],`)],
  'a list': ['STIX_NOT_AN_OBJECT', utf8Bytes('[]')],
  'a text': ['STIX_NOT_AN_OBJECT', utf8Bytes('"indicator"')],
  'no type': ['STIX_PROPERTY_MISSING', stixOf({ type: undefined })],
  'a type that is none': ['STIX_TYPE_INVALID', stixOf({ type: 'In dicator' })],
  'a bundle': ['STIX_TYPE_INVALID', stixOf({ type: 'bundle' })],
  'no id': ['STIX_PROPERTY_MISSING', stixOf({ id: undefined })],
  'an id of another type': ['STIX_ID_INVALID', stixOf({ type: 'malware' })],
  'an id without a UUID': ['STIX_ID_INVALID', stixOf({ id: 'indicator--1' })],
  'no version': ['STIX_VERSION_UNSUPPORTED', stixOf({ spec_version: undefined })],
  'version 2.0': ['STIX_VERSION_UNSUPPORTED', stixOf({ spec_version: '2.0' })],
  'no time of creation': ['STIX_PROPERTY_MISSING', stixOf({ created: undefined })],
  'a time that is none': ['STIX_TIMESTAMP_INVALID', stixOf({ created: '2024-02-30T00:00:00.000Z' })],
  'a time without its milliseconds': ['STIX_TIMESTAMP_INVALID', stixOf({ modified: '2024-01-01T00:00:00Z' })],
  'a time in another zone': ['STIX_TIMESTAMP_INVALID', stixOf({ modified: '2024-01-01T00:00:00.000+01:00' })],
  'a change before the creation': ['STIX_ORDER', stixOf({ created: '2025-01-01T00:00:00.000Z' })],
  'a revocation that is no truth value': ['STIX_PROPERTY_TYPE', stixOf({ revoked: 'yes' })],
  'a creator that is no id': ['STIX_REFERENCE_INVALID', stixOf({ created_by_ref: 'me' })],
  'markings that are no list': ['STIX_PROPERTY_TYPE', stixOf({ object_marking_refs: 'tlp:red' })],
  'a marking that is none': ['STIX_REFERENCE_INVALID', stixOf({ object_marking_refs: ['tlp:red'] })],
  'a granular marking of nothing': [
    'STIX_PROPERTY_VALUE',
    stixOf({ granular_markings: [{ selectors: [] }] }),
  ],
  'an empty list': ['STIX_PROPERTY_VALUE', stixOf({ labels: [] })],
  'nothing as a value': ['STIX_PROPERTY_VALUE', stixOf({ description: null })],
  'extensions that are no objects': ['STIX_PROPERTY_TYPE', stixOf({ extensions: { a: 1 } })],
}

let siege: Siege
beforeAll(async () => {
  siege = await laySiege()
})
afterAll(() => siege?.[Symbol.asyncDispose]())

describe('malformed STIX in signed leaves', () => {
  it('is refused leaf by leaf with its code, while the good leaves of the batch reach everybody', async () => {
    const { victim, others, attackers } = siege
    const attacker = await attackers.next()
    const good = [leafOf(attacker.author), leafOf(attacker.author)] as const
    const bad = Object.values(CASES).map(([, stix]) =>
      leafOf(attacker.author, { body: { kind: 'stix', stix } }),
    )
    const { bytes, ids } = await batchOf(attacker.author, { leaves: [good[0], ...bad, good[1]] })
    await attacker.gossip('green', bytes)

    for (const node of [victim, ...others])
      for (const id of [ids[0], ids.at(-1)]) await eventually(() => node.api.show(id as string))
    expect(await codesByPlace(attacker.node)).toEqual(
      Object.fromEntries(Object.entries(CASES).map(([name, [code]]) => [name, code])),
    )
    for (const node of [victim, ...others]) expect((await node.api.status()).records).toBe(good.length)
    expect(await scoreOf(victim, attacker.node)).toBeLessThan(-50)
  })
})

/** The codes that the victim wrote down, by the case whose leaf stood at that place of the batch. */
async function codesByPlace(from: string): Promise<Readonly<Record<string, string>>> {
  const names = Object.keys(CASES)
  const rows = await siege.victim.api.quarantine({ limit: 1000 })
  const leaves = rows.filter((row) => row.from === from && row.what === 'leaf')
  return Object.fromEntries(
    leaves.map(({ detail, code }) => [names[Number(detail.split(' ')[1]) - 1] ?? detail, code]),
  )
}

/** The text of a good object with a part of it changed. */
function changed(from: string, to: string): Uint8Array {
  return utf8Bytes(textOf(stixOf()).replace(from, to))
}
