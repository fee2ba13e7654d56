import type { StixObject } from '@intelmesh/stix'
import { readFeeds } from './feeds.ts'
import { readStix } from './stix-files.ts'
import { type Template, templateOf } from './template.ts'
import { variationOf, varied } from './vary.ts'

/**
 * What a corpus is made of: `mixed` is one half what members exchange of all types, as the project's STIX files have them, and one
 * half indicators; `indicators` are those of the STIX files and, two for one, those that a publisher makes of the feeds.
 */
export type CorpusKind = 'mixed' | 'indicators'

/** An object that was made of a real one. */
export interface VariedObject {
  /** Canonical JSON. */
  readonly text: string
  /** How long a publisher lets it live. */
  readonly days: number
}

/** Objects made of the real STIX of the project's data, varied by a seed, for ever. No two are alike, and no two ids. */
export function* variedObjects(kind: CorpusKind, seed: string): Generator<VariedObject, never> {
  const objects = roundsOf(readStix, { seed, source: 0 })
  const indicators = roundsOf(readIndicators, { seed, source: 1 })
  const feeds = roundsOf(readFeeds, { seed, source: 2 })
  const turns = kind === 'indicators' ? [indicators, feeds, feeds] : [objects, indicators, objects, feeds]
  for (;;) for (const turn of turns) yield turn.next().value
}

function* readIndicators(): Generator<StixObject, void> {
  for (const object of readStix()) if (object.type === 'indicator') yield object
}

/** Reads no more of the data than is asked for in the first round. */
function* roundsOf(
  read: () => Iterable<StixObject>,
  { seed, source }: { readonly seed: string; readonly source: number },
): Generator<VariedObject, never> {
  const templates: Template[] = []
  for (const object of read()) {
    const template = templateOf(object)
    templates.push(template)
    yield { text: varied(template, variationOf(seed, source)), days: template.days }
  }
  if (templates.length === 0) throw new Error('the data has no such objects')
  for (let round = 1; ; round++) {
    const variation = variationOf(seed, round * SOURCES + source)
    for (const template of templates) yield { text: varied(template, variation), days: template.days }
  }
}

/** The number of a round tells of which source it is. */
const SOURCES = 3
