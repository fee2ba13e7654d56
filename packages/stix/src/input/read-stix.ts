import { isJsonList, isJsonObject } from '../json/json-value.ts'
import type { JsonValue } from '../json/json-value.ts'
import { parseJsonText } from '../json/parse-strict.ts'
import type { JsonLimits } from '../json/parse-strict.ts'
import { inputFault, refuse } from './input-item.ts'
import type { InputItem, InputPlace } from './input-item.ts'
import { linesOf } from './lines-of.ts'

/** One line of NDJSON: an object with room for spaces, or a small bundle. */
const LINE_LIMITS: JsonLimits = { maxBytes: 4 * 1024 * 1024, maxDepth: 64, maxValues: 400_000 }

/** Yields the objects of a bundle, of a TAXII envelope, of a list of either, or the object itself. */
export function* readStix(value: JsonValue, place: InputPlace): Generator<InputItem, void> {
  const items = isJsonList(value) ? value.flatMap(unwrap) : unwrap(value)
  const single = items.length === 1 && items[0] === value
  for (const [index, item] of items.entries()) {
    const where = single ? place : { ...place, index }
    if (isJsonObject(item)) yield { object: item, ...where }
    else yield refuse(inputFault('STIX_NOT_AN_OBJECT', 'expected an object'), where)
  }
  if (items.length === 0) yield refuse(inputFault('INPUT_EMPTY', 'expected at least one object'), place)
}

/** Reads one JSON text a line. A line that is none does not affect the others. */
export function* readNdjson(text: string): Generator<InputItem, void> {
  for (const { line, content } of linesOf(text)) {
    if (content.trim() === '') continue
    try {
      if (content.length > LINE_LIMITS.maxBytes)
        throw inputFault('INPUT_LINE_TOO_LONG', 'expected a shorter line')
      yield* readStix(parseJsonText(content, LINE_LIMITS), { line })
    } catch (error) {
      yield refuse(error, { line })
    }
  }
}

function unwrap(value: JsonValue): readonly JsonValue[] {
  if (!isJsonObject(value)) return [value]
  const { type, objects, id } = value
  if (type !== 'bundle' && !(type === undefined && id === undefined && isJsonList(objects))) return [value]
  return isJsonList(objects) ? objects : []
}
