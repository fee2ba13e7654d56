import type { ConfirmedLines, ConfirmedMatch, LookupHit } from '@intelmesh/node'
import type { CommandContext } from '../context.ts'
import { flagTexts } from '../output/feedback.ts'
import { printable } from '../output/printable.ts'
import { createProgress } from '../output/progress.ts'
import { labelCell } from '../output/records-table.ts'
import { paint, type Style, styleOf } from '../output/style.ts'
import type { ByteSource } from '../publish/open-input.ts'

/** Prints what was found as it is found, and says on standard error how far it is. */
export interface MatchReport {
  /** Values found so far that are known. */
  readonly found: number
  /** The bytes of an input, which are counted. */
  counting(input: ByteSource): AsyncIterable<Uint8Array>
  take(name: string, lines: ConfirmedLines): void
  /** Says why an input could not be read on, and how far it was. */
  fail(name: string, error: Error): void
  /** Ends an input. */
  close(): void
  /** Sums up. */
  end(values: number): void
}

/** How it is printed. */
export interface MatchReportOptions {
  readonly asJson: boolean
  /** Whether each line begins with the name of the file. */
  readonly namesFiles: boolean
}

/** A report to the terminal of a command. */
export function createMatchReport(
  { terminal, environment, now }: Pick<CommandContext, 'terminal' | 'environment' | 'now'>,
  { asJson, namesFiles }: MatchReportOptions,
): MatchReport {
  const { out, err } = terminal
  const style = styleOf(out, environment)
  const progress = createProgress(err, now)
  const total = { found: 0, lines: 0, cut: 0 }
  let input = { lines: 0, cut: 0 }
  let share = ''

  return {
    get found() {
      return total.found
    },
    async *counting(source) {
      let read = 0
      for await (const piece of source.pieces()) {
        read += piece.length
        share = source.size ? `${Math.floor((100 * read) / source.size)}%, ` : ''
        yield piece
      }
    },
    take(name, { matches, lines, cut }) {
      input = { lines, cut }
      total.found += matches.length
      if (matches.length > 0) progress.clear()
      for (const match of matches)
        for (const hit of match.hits)
          out.write(
            asJson
              ? `${jsonOf(name, match, hit)}\n`
              : `${textOf(namesFiles ? name : '', match, hit, style)}\n`,
          )
      progress.show(
        `${share}${count(total.lines + lines, 'line')}, ${count(total.found, 'match', 'matches')}`,
      )
    },
    fail(name, error) {
      progress.clear()
      err.write(
        `intelmesh: ${printable(`${name}: ${error.message}`)}: ${count(input.lines, 'line')} could be read\n`,
      )
    },
    close() {
      progress.clear()
      total.lines += input.lines
      total.cut += input.cut
      input = { lines: 0, cut: 0 }
    },
    end(values) {
      if (total.cut > 0)
        err.write(
          `${count(total.cut, 'line is', 'lines are')} longer than 1 MiB: the rest was not looked at\n`,
        )
      if (asJson) return
      const searched = `${count(total.lines, 'line')} against ${count(values, 'known value')}`
      err.write(`${searched}: ${count(total.found, 'match', 'matches')}\n`)
    },
  }
}

const RELATIONS: Readonly<Record<LookupHit['matched']['relation'], string>> = {
  exact: 'is known',
  cidr: 'is in',
  'url-host': 'has host',
  'parent-domain': 'is under',
  'url-prefix': 'begins with',
  below: 'holds',
}

function textOf(
  name: string,
  { line, found, known, relation }: ConfirmedMatch,
  hit: LookupHit,
  style: Style,
): string {
  const label = labelCell(hit.tlp)
  const how = relation === 'exact' ? RELATIONS.exact : `${RELATIONS[relation]} ${printable(known.value)}`
  const flags = flagTexts(hit.flags).map((text) => paint(style, 'yellow', `! ${printable(text)}`))
  return [
    name === '' ? String(line) : `${printable(name)}:${line}`,
    printable(found.value),
    how,
    typeof label === 'string' ? label : paint(style, label.colour, label.text),
    printable(hit.organisation.name),
    ...(hit.confidence === undefined ? [] : [`confidence ${hit.confidence}`]),
    ...(hit.isValid ? [] : ['no longer valid']),
    ...flags,
  ].join('  ')
}

function jsonOf(file: string, { line, found, known, relation }: ConfirmedMatch, hit: LookupHit): string {
  const { tlp, organisation, confidence, isValid, flags, record, stixId } = hit
  const said = {
    tlp,
    organisation,
    ...(confidence !== undefined && { confidence }),
    isValid,
    flags,
    record,
    stixId,
  }
  return JSON.stringify({ file, line, ...found, known, relation, ...said })
}

function count(number: number, one: string, several: string = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : several}`
}
