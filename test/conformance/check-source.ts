import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAco, loadConfig, type NodeApi, openHome } from '@intelmesh/node'
import {
  canonicalise,
  isTlpLabel,
  ownLabel,
  readInput,
  type StixObject,
  type TlpLabel,
} from '@intelmesh/stix'
import type { Disagreement } from './disagreements.ts'
import type { Source } from './sources.ts'

/** What came of one source. */
export interface SourceReport {
  readonly agreed: number
  readonly refusedByLabel: number
  readonly disagreements: readonly Disagreement[]
}

interface Refusal {
  readonly object: string
  readonly code: string
  readonly reason: string
}

interface Reading {
  readonly objects: readonly StixObject[]
  readonly refused: readonly Refusal[]
  /** Whether everything in it is of another version of STIX, of which the peer's word says nothing here. */
  readonly isForeign: boolean
}

interface Outcome {
  readonly published: readonly string[]
  readonly refused: readonly Refusal[]
  readonly byLabel: number
  /** Objects whose exported bytes are not their RFC 8785 form. */
  readonly changed: readonly string[]
}

const NEEDS_CIRCLE: ReadonlySet<TlpLabel> = new Set(['amber', 'amber+strict', 'red'])
const decoder = new TextDecoder()

/** Publishes a source into a fresh home, and holds what happens against the peer's verdict. */
export async function checkSource(source: Source): Promise<SourceReport> {
  const reading = read(source)
  if (reading.isForeign) return { agreed: 0, refusedByLabel: 0, disagreements: [] }
  const home = await mkdtemp(join(tmpdir(), 'intelmesh-conformance-'))
  try {
    await createAco({
      home,
      settings: {},
      protection: { kind: 'plain' },
      name: 'Conformance',
      cluster: 'test.eu',
    })
    await using opened = await openHome({
      home,
      config: loadConfig({ environment: {} }),
      passphrase: () => Promise.reject(new Error('no passphrase is set')),
    })
    return judge(source, await publishAll(opened.api, reading))
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

async function publishAll(api: NodeApi, { objects, refused }: Reading): Promise<Outcome> {
  const markings = new Map(
    objects.filter(({ type }) => type === 'marking-definition').map((object) => [object.id, object]),
  )
  const outcome = { published: [] as string[], refused: [...refused], byLabel: 0, changed: [] as string[] }
  for (const [label, group] of Map.groupBy(objects, (object) => labelFor(object, markings))) {
    const texts = group.map((object, i) => ({ where: String(i), text: decoder.decode(canonicalise(object)) }))
    const result = await api.publish({
      objects: texts,
      markings: [...markings.values()].map((object) => decoder.decode(canonicalise(object))),
      tlp: label,
    })
    for (const { where, record, stixId } of result.published) {
      const exported = (await api.export({ record })).items[0]
      if (exported?.stix === texts[Number(where)]?.text) outcome.published.push(stixId)
      else outcome.changed.push(stixId)
    }
    for (const { stixId = '', code, reason } of result.refused) {
      if (code === 'LABEL_NEEDS_CIRCLE' && NEEDS_CIRCLE.has(label)) outcome.byLabel++
      else outcome.refused.push({ object: stixId, code, reason })
    }
    for (const { code, text } of result.notices)
      outcome.refused.push({ object: text.split(' ')[0] ?? '', code, reason: text })
  }
  return outcome
}

/** Its own label, or `clear` where it has none. A marking that cannot be read is refused whatever the ceiling. */
function labelFor(object: StixObject, markings: ReadonlyMap<string, StixObject>): TlpLabel {
  const label = ownLabel(object, markings)
  return label !== undefined && isTlpLabel(label) ? label : 'clear'
}

function read({ file, bytes, verdict }: Source): Reading {
  const objects: StixObject[] = []
  let foreign = 0
  const refused: Refusal[] = []
  const options = {
    name: file,
    format: 'stix',
    now: 0,
    uuid: () => '00000000-0000-4000-8000-000000000000',
  } as const
  for (const item of readInput(bytes, options)) {
    if ('refused' in item) refused.push({ object: '', code: item.refused.code, reason: item.refused.path })
    // What the peer calls valid it may have read as STIX 2.0.
    else if (verdict === 'valid' && isOtherVersion(item.object as StixObject)) foreign++
    else objects.push(item.object as StixObject)
  }
  // A bundle without objects is valid, and there is nothing in it to publish.
  const kept = refused.filter(({ code }) => code !== 'INPUT_EMPTY')
  return { objects, refused: kept, isForeign: objects.length + kept.length === 0 && foreign > 0 }
}

/** STIX 2.0 has no spec_version in its objects; 2.1 has it in all but cyber-observable objects, which have no `created`. */
function isOtherVersion({ spec_version: version, created }: StixObject): boolean {
  return version === undefined ? created !== undefined : version !== '2.1'
}

function judge(source: Source, { published, refused, byLabel, changed }: Outcome): SourceReport {
  const isCase = source.name !== source.file
  const name = (object: string): string => (isCase ? (source.culprit ?? '') : object)
  const disagreements: Disagreement[] = changed.map((object) => ({
    source: source.file,
    object: name(object),
    peer: 'valid',
    ours: 'invalid',
    detail: 'the exported bytes are not those published',
  }))
  if (source.verdict === 'valid') {
    for (const { object, code, reason } of refused) {
      if (code === 'TLP_MARKING_REDEFINED') continue
      disagreements.push({
        source: source.file,
        object: name(object),
        peer: 'valid',
        ours: 'invalid',
        detail: `${code} ${reason}`,
      })
    }
    return { agreed: published.length, refusedByLabel: byLabel, disagreements }
  }
  // Of an invalid source the peer names one object at least; the others may well be published.
  const isRefused =
    isCase || source.culprit === undefined
      ? refused.length + byLabel > 0
      : refused.some(({ object }) => object === source.culprit)
  if (!isRefused)
    disagreements.push({
      source: source.file,
      object: source.culprit ?? '*',
      peer: 'invalid',
      ours: 'valid',
      detail: '',
    })
  return { agreed: published.length + (isRefused ? 1 : 0), refusedByLabel: byLabel, disagreements }
}
