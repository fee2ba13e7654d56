import { isJsonObject } from '../json/json-value.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { fixedMarkings, TLP_2_EXTENSION } from './fixed-markings.ts'
import { isTlpLabel, narrowest } from './tlp-label.ts'
import type { TlpLabel } from './tlp-label.ts'

/** What a marking-definition says about release: a label, nothing (`'other'`), or something unreadable. */
export type MarkingReading = TlpLabel | 'other' | 'unknown'

/**
 * Reads one marking-definition. A fixed id means what it means, whatever the object holds. Otherwise every
 * place where sharing platforms write a TLP label counts, and the narrowest of them wins.
 *
 * @see docs/spec/stix.md, "TLP"
 */
export function readMarking(marking: JsonObject): MarkingReading {
  const fixed = typeof marking['id'] === 'string' ? fixedMarkings.get(marking['id']) : undefined
  if (fixed !== undefined) return fixed.label
  const said = [...readExtensions(marking), ...readDefinition(marking)]
  // A name alone is no definition; beside one it can only narrow.
  const found = said.length === 0 ? [] : [...said, ...readNames(marking)]
  if (found.length === 0 || found.includes('unknown')) return 'unknown'
  return narrowest(found.filter(isTlpLabel)) ?? 'other'
}

/** Reads a label as tools write it: `amber+strict`, `TLP:AMBER`, `tlp:white`. */
export function readLabelText(text: JsonValue | undefined): TlpLabel | 'unknown' {
  if (typeof text !== 'string') return 'unknown'
  const lower = text.trim().toLowerCase()
  const name = lower.startsWith(PREFIX) ? lower.slice(PREFIX.length).trim() : lower
  if (name === 'white') return 'clear'
  return isTlpLabel(name) ? name : 'unknown'
}

/** True for text that sets out to be a TLP label, known or not. */
export function isLabelText(text: JsonValue | undefined): boolean {
  return typeof text === 'string' && text.trimStart().toLowerCase().startsWith(PREFIX)
}

const PREFIX = 'tlp:'

/** Marking languages that restrict use and not release, by `definition_type`. */
const OTHER_DEFINITIONS: ReadonlySet<string> = new Set(['statement', 'pap', 'iep'])

const IEP_EXTENSION = 'extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a'
/** Access control specification, controlled unclassified information, and the policy framework of FIRST. */
const OTHER_EXTENSIONS: ReadonlySet<string> = new Set([
  'extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce',
  'extension-definition--dff17fb3-edcb-4f99-ad1b-4b751c95738a',
  IEP_EXTENSION,
])

function readExtensions(marking: JsonObject): readonly MarkingReading[] {
  const extensions = marking['extensions']
  if (!isJsonObject(extensions)) return []
  return Object.entries(extensions).flatMap(([id, extension]) => {
    if (!isJsonObject(extension)) return ['unknown' as const]
    if (id === TLP_2_EXTENSION) return [readLabelText(extension['tlp_2_0'])]
    if (!OTHER_EXTENSIONS.has(id)) return ['unknown' as const]
    const tlp = id === IEP_EXTENSION ? (extension['tlp'] ?? extension['tlp_level']) : undefined
    return [tlp === undefined ? ('other' as const) : readLabelText(tlp)]
  })
}

function readDefinition(marking: JsonObject): readonly MarkingReading[] {
  const type = marking['definition_type']
  if (type === undefined) return []
  if (typeof type !== 'string') return ['unknown']
  if (isLabelText(type)) return [readLabelText(type)]
  if (type.toLowerCase() === 'tlp') {
    const definition = marking['definition']
    return [readLabelText(isJsonObject(definition) ? (definition['tlp'] ?? definition['TLP']) : undefined)]
  }
  return [OTHER_DEFINITIONS.has(type.toLowerCase()) ? 'other' : 'unknown']
}

/** OpenCTI writes AMBER+STRICT as a statement whose name alone says what it means. */
function readNames(marking: JsonObject): readonly MarkingReading[] {
  const definition = marking['definition']
  const statement = isJsonObject(definition) ? definition['statement'] : undefined
  return [marking['name'], statement, marking['x_opencti_definition']].filter(isLabelText).map(readLabelText)
}
