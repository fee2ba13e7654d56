import { isJsonList, isJsonObject } from '../json/json-value.ts'
import type { JsonValue } from '../json/json-value.ts'
import { DEFAULT_JSON_LIMITS, parseJsonText } from '../json/parse-strict.ts'
import type { JsonLimits } from '../json/parse-strict.ts'
import { StixError } from '../errors.ts'
import { inputFault, refuse } from './input-item.ts'
import type { InputItem, InputPlace } from './input-item.ts'
import { createLineCutter } from './line-cutter.ts'
import type { Line } from './line-cutter.ts'
import type { PieceReader } from './piece-reader.ts'

/** One line of NDJSON: an object with room for spaces, or a small bundle. */
export const LINE_LIMITS: JsonLimits = { maxBytes: 4 * 1024 * 1024, maxDepth: 64, maxValues: 400_000 }

/** Reads one JSON text, which has to be whole before anything of it can be: at most 64 Mi characters. */
export function createDocumentReader(): PieceReader {
  const { maxBytes } = DEFAULT_JSON_LIMITS
  let text = ''
  return {
    push(piece) {
      text += piece
      if (text.length <= maxBytes) return []
      const where = { path: '', rule: 'docs/spec/stix.md, "Input"' }
      throw new StixError('JSON_TOO_LARGE', `expected a document of at most ${maxBytes} characters`, where)
    },
    end: () => objectsIn(parseJsonText(text, DEFAULT_JSON_LIMITS), {}),
  }
}

/** Reads one JSON text a line. A line that is none does not affect the others. */
export function createNdjsonReader(): PieceReader {
  const lines = createLineCutter(LINE_LIMITS.maxBytes)

  function* read(found: Iterable<Line>): Generator<InputItem, void> {
    for (const { line, content } of found) {
      if (content.trim() === '') continue
      try {
        if (content.length > LINE_LIMITS.maxBytes)
          throw inputFault('INPUT_LINE_TOO_LONG', 'expected a shorter line')
        yield* objectsIn(parseJsonText(content, LINE_LIMITS), { line })
      } catch (error) {
        yield refuse(error, { line })
      }
    }
  }

  return { push: (text) => read(lines.push(text)), end: () => read(lines.end()) }
}

/** The objects of a bundle, of a TAXII envelope, of a list of either, or the object itself. */
function* objectsIn(value: JsonValue, place: InputPlace): Generator<InputItem, void> {
  const items = isJsonList(value) ? value.flatMap(unwrap) : unwrap(value)
  const single = items.length === 1 && items[0] === value
  for (const [index, item] of items.entries()) {
    const where = single ? place : { ...place, index }
    if (isJsonObject(item)) yield { object: item, ...where }
    else yield refuse(inputFault('STIX_NOT_AN_OBJECT', 'expected an object'), where)
  }
  if (items.length === 0) yield refuse(inputFault('INPUT_EMPTY', 'expected at least one object'), place)
}

function unwrap(value: JsonValue): readonly JsonValue[] {
  if (!isJsonObject(value)) return [value]
  const { type, objects, id } = value
  if (type !== 'bundle' && !(type === undefined && id === undefined && isJsonList(objects))) return [value]
  return isJsonList(objects) ? objects : []
}
