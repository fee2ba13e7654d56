import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Something that the peer judged. */
export interface Source {
  /** Path in the data folder, or name of a case. */
  readonly name: string
  readonly file: string
  readonly bytes: Uint8Array
  readonly verdict: 'valid' | 'invalid'
  /** Of an invalid source: the object that is at fault, where the peer names one. */
  readonly culprit?: string
}

interface ValidatorCase {
  readonly test: string
  readonly seq: number
  readonly must_valid: boolean
  /** An object, or its JSON text. */
  readonly instance: unknown
}

/** Every STIX file with a verdict, and every STIX 2.1 case of the validator's own tests. */
export function sources(data: string): Source[] {
  return [...fileSources(data), ...caseSources(data)]
}

function fileSources(data: string): readonly Source[] {
  const [, ...lines] = readFileSync(join(data, 'PEER_VERDICTS.tsv'), 'utf8').trimEnd().split('\n')
  return lines.flatMap((line) => {
    const [file = '', , verdict = '', detail = ''] = line.split('\t')
    if (!file.startsWith('stix21/') || !VERDICTS.has(verdict)) return []
    const culprit = /^([a-z0-9-]+--[0-9A-Fa-f-]{36})/.exec(detail)?.[1]
    return [
      {
        name: file,
        file,
        bytes: new Uint8Array(readFileSync(join(data, file))),
        verdict: verdict === 'valid' ? 'valid' : 'invalid',
        ...(culprit && { culprit }),
      } as const,
    ]
  })
}

const VERDICTS: ReadonlySet<string> = new Set(['valid', 'invalid', 'invalid-json'])
const CASES = 'stix21/validator-cases.json'

function caseSources(data: string): readonly Source[] {
  const cases = JSON.parse(readFileSync(join(data, CASES), 'utf8')) as readonly ValidatorCase[]
  return cases
    .map((each) => ({
      ...each,
      text: typeof each.instance === 'string' ? each.instance : JSON.stringify(each.instance),
    }))
    .map(({ test, seq, must_valid, text }) => ({
      name: `${CASES}#${test}#${seq}`,
      file: CASES,
      bytes: new TextEncoder().encode(text),
      verdict: must_valid ? 'valid' : 'invalid',
      culprit: test,
    }))
}
