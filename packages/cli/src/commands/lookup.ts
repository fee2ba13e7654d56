import type { LookupAnswer, LookupHit } from '@intelmesh/node'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { EXIT } from '../exit-codes.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { dayOf, labelCell } from '../output/records-table.ts'
import { doubtTexts, flagTexts, remarkLine, supportText } from '../output/feedback.ts'
import { printable } from '../output/printable.ts'
import type { Style } from '../output/style.ts'
import { type Cell, renderTable } from '../output/table.ts'
import { UsageError } from '../usage-error.ts'

/** As much as one request takes; more values go in several. */
const VALUES_AT_ONCE = 1000
const MAX_INPUT_BYTES = 16 * 1024 * 1024

const RELATIONS: Readonly<Record<LookupHit['matched']['relation'], string>> = {
  exact: 'is',
  cidr: 'is in',
  'url-host': 'has host',
  'parent-domain': 'is under',
  'url-prefix': 'begins with',
  below: 'holds',
}

/** `intelmesh lookup` */
export const lookupCommand: Command = defineCommand({
  name: 'lookup',
  summary: 'ask this node what is known of addresses, domains, URLs, hashes and other values',
  about: [
    'Looks into the own replica alone: nobody learns what was asked. Values may be defanged. An address also finds the networks that contain it, a URL its host, a sub-domain its parents; each is shown as such. A network finds what is known in it, and *.NAME what is known under a name.',
    'Below a record stands what other members say of it, each counted once, and why the gate of this node would have held the value back. Neither decides what is in the mesh.',
    'Exits 3 when nothing is known of any of them.',
  ],
  args: [
    {
      name: 'VALUE',
      summary: 'what to look up; - reads a list, a value a line, from standard input',
      repeats: true,
    },
  ],
  options: ASKING_OPTIONS,
  examples: [
    { line: 'intelmesh lookup 198.51.100.7', about: 'An address, and the networks it lies in:' },
    { line: "intelmesh lookup 'hxxp://evil[.]example/login'", about: 'A defanged URL, and its host:' },
    { line: "intelmesh lookup '*.evil.example'", about: 'All that is known under a name:' },
    { line: 'cut -f3 proxy.log | sort -u | intelmesh lookup - --json', about: 'A list, for a program:' },
  ],
  async run({ options, args }, context) {
    const values = await readValues(args, context.terminal)
    await using node = await connect(options, context)
    const answers: LookupAnswer[] = []
    for (let i = 0; i < values.length; i += VALUES_AT_ONCE) {
      answers.push(...(await node.api.lookup(values.slice(i, i + VALUES_AT_ONCE))))
    }
    const isKnown = answers.some(({ total }) => total > 0)
    return {
      data: answers,
      exit: isKnown ? EXIT.done : EXIT.notFound,
      text: (style) => renderAnswers(answers, style),
    }
  },
})

async function readValues(
  args: readonly string[],
  terminal: { readInput(maxBytes: number): Promise<Uint8Array> },
): Promise<readonly string[]> {
  if (!args.includes('-')) return args
  if (args.length > 1) throw new UsageError('- stands alone: give values, or a list on standard input')
  const text = new TextDecoder().decode(await terminal.readInput(MAX_INPUT_BYTES))
  const values = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (values.length === 0) throw new UsageError('standard input holds no value')
  return values
}

function renderAnswers(answers: readonly LookupAnswer[], style: Style): string {
  const hits = answers.flatMap(({ query, hits: found }) => found.map((hit) => ({ query, hit })))
  const table =
    hits.length === 0
      ? []
      : renderTable(
          [
            { title: 'value', least: 14 },
            { title: 'match', least: 14 },
            { title: 'said by', least: 8 },
            { title: 'tlp' },
            { title: 'conf' },
            { title: 'since' },
            { title: 'until' },
            { title: 'record', least: 12 },
          ],
          hits.map(({ query, hit }) => rowOf(query, hit)),
          style,
        )
          .trimEnd()
          .split('\n')
  // A row is one line, whatever it holds: what is to be said of it goes below.
  const lines = table.flatMap((line, i) => [line, ...linesBelow(hits[i - 1]?.hit, style)])
  return lines.map((line) => `${line}\n`).join('') + answers.map(remarkOn).join('')
}

function linesBelow(hit: LookupHit | undefined, style: Style): readonly string[] {
  if (hit === undefined) return []
  const warnings = [...flagTexts(hit.flags), ...doubtTexts(hit.feedback)].map((text) => `! ${text}`)
  const support = supportText(hit.feedback)
  return [
    ...warnings.map((text) => remarkLine(text, 'yellow', style)),
    ...(support === '' ? [] : [remarkLine(support, 'dim', style)]),
  ]
}

function rowOf(query: string, hit: LookupHit): readonly Cell[] {
  const { relation, value } = hit.matched
  const until = hit.validUntil === undefined ? '' : dayOf(hit.validUntil)
  return [
    query,
    relation === 'exact' ? 'exact' : `${RELATIONS[relation]} ${value}`,
    hit.organisation.name,
    labelCell(hit.tlp),
    hit.confidence === undefined ? '' : String(hit.confidence),
    dayOf(hit.validFrom ?? hit.published),
    hit.isValid ? until : { text: `${until} (past)`, colour: 'dim' },
    hit.record,
  ]
}

function remarkOn({ query, understood, hits, total }: LookupAnswer): string {
  const value = printable(query)
  if (total > hits.length) return `${value}: ${hits.length} of ${total} shown\n`
  if (hits.length > 0) return ''
  return understood.length === 0
    ? `${value}: not recognised as anything that can be looked up\n`
    : `${value}: nothing known\n`
}
