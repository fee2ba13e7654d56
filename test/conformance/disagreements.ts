import { readFileSync } from 'node:fs'

/** A line of docs/spec/stix-disagreements.tsv. `object` may be `*` for a whole source. */
export interface ListedDisagreement {
  readonly key: string
  readonly source: string
  readonly object: string
  readonly peer: string
  readonly ours: string
}

/** What was met: one object on which this project and its peer do not agree. */
export interface Disagreement {
  readonly source: string
  readonly object: string
  readonly peer: 'valid' | 'invalid'
  readonly ours: 'valid' | 'invalid'
  readonly detail: string
}

/** Reads the list. Every line names a section of a standard. */
export function readDisagreements(file: URL): readonly ListedDisagreement[] {
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const [source = '', object = '', peer = '', ours = '', section = ''] = line.split('\t')
    if (!/§|RFC/.test(section)) throw new RangeError(`the line of ${source} names no section`)
    return { key: `${source} ${object}`, source, object, peer, ours }
  })
}

/** The key of the line that lists a disagreement. */
export function rowOf(known: readonly ListedDisagreement[], met: Disagreement): string | undefined {
  const fits = (row: ListedDisagreement): boolean =>
    row.source === met.source &&
    row.peer === met.peer &&
    row.ours === met.ours &&
    (row.object === '*' || row.object === met.object)
  return known.find(fits)?.key
}
