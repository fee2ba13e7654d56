import { createHash } from 'node:crypto'
import { encodeLoneRecord, loneRecord, openBatch, type SyncItem } from '@intelmesh/protocol'
import type { JsonValue } from '@intelmesh/stix'
import type { PublishRequest } from '../publish-api.ts'
import { nativeCrypto } from '../crypto/index.ts'

/** The STIX id that follows from a type and a name. */
export function stixIdOf(type: string, name: string): string {
  const digits = createHash('sha256').update(name).digest('hex')
  return `${type}--${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}

/** The text of an indicator that follows from its name; `over` changes or, by `undefined`, takes away. */
export function indicatorText(
  name: string,
  over: Readonly<Record<string, JsonValue | undefined>> = {},
): string {
  return JSON.stringify({
    type: 'indicator',
    spec_version: '2.1',
    id: stixIdOf('indicator', name),
    created: '2026-01-01T00:00:00.000Z',
    modified: '2026-01-01T00:00:00.000Z',
    name,
    pattern: "[ipv4-addr:value = '198.51.100.7']",
    pattern_type: 'stix',
    valid_from: '2026-01-01T00:00:00Z',
    ...over,
  })
}

/** A request to publish texts under a label. */
export function requestOf(
  texts: readonly string[],
  rest: Partial<Omit<PublishRequest, 'objects'>> = {},
): PublishRequest {
  return { objects: texts.map((text, i) => ({ text, where: `item ${i}` })), tlp: 'green', ...rest }
}

/** The records of a batch as each travels alone. */
export function loneItems(batch: Uint8Array): readonly SyncItem[] {
  const { header, leaves, leafHashes } = openBatch(nativeCrypto, batch)
  return leaves.map((leaf, index) => ({
    form: 'record',
    bytes: encodeLoneRecord(loneRecord(nativeCrypto, { header: header.bytes, leafHashes }, index, leaf)),
  }))
}

/** The text of the indicator that a reader of lists makes of an address; `over` changes or, by `undefined`, takes away. */
export function valueText(value: string, over: Readonly<Record<string, JsonValue | undefined>> = {}): string {
  return JSON.stringify({
    type: 'indicator',
    spec_version: '2.1',
    id: 'indicator--00000000-0000-4000-8000-000000000000',
    created: '2026-11-22T00:00:00.000Z',
    modified: '2026-11-22T00:00:00.000Z',
    name: value,
    indicator_types: ['malicious-activity'],
    pattern: `[ipv4-addr:value = '${value}']`,
    pattern_type: 'stix',
    valid_from: '2026-11-22T00:00:00.000Z',
    ...over,
  })
}

/** A request to publish the plain values of a list. */
export function valuesOf(
  values: readonly string[],
  rest: Partial<Omit<PublishRequest, 'objects'>> = {},
): PublishRequest {
  const objects = values.map((value, i) => ({
    text: valueText(value),
    where: `line ${i + 1}`,
    isValue: true,
  }))
  return { objects, tlp: 'green', ...rest }
}
