import { writeFile } from 'node:fs/promises'
import type { ExportItem, NodeApi, RecordFilter } from '@intelmesh/node'
import { isWithin, TLP_LABELS, type TlpLabel } from '@intelmesh/protocol'
import { bundleOf, canonicalise, markingFor, parseJson, type StixObject } from '@intelmesh/stix'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { EXIT } from '../exit-codes.ts'
import { labelledObject } from '../export/labelled-object.ts'
import { API_OPTION, HOME_OPTION, PASSPHRASE_OPTION, TOKEN_FILE_OPTION } from '../home-options.ts'
import { present } from '../present.ts'

const FORMATS = ['stix', 'proof'] as const
const PAGE = 200

/** `intelmesh export` */
export const exportCommand: Command = defineCommand({
  name: 'export',
  summary: 'write records into a file, as a STIX bundle with its labels or with their proofs',
  about: [
    'The STIX bundle holds every object with its label: where an object bears none itself, a reference to the marking of the label it travelled under is added, and the marking definitions are in the bundle.',
    'The proof file has a record a line, with the object exactly as it was signed, header, inclusion path and certificates: `intelmesh verify` checks it without any node. A bundle is checked against the proof file of the same records.',
  ],
  args: [],
  options: {
    format: { kind: 'choice', choices: FORMATS, value: 'F', summary: 'what to write (default stix)' },
    out: { kind: 'text', value: 'FILE', summary: 'where to (default: standard output)' },
    tlp: {
      kind: 'tlp',
      value: 'L',
      summary: 'nothing narrower than this label (default: all that this organisation holds)',
    },
    type: { kind: 'text', value: 'TYPE', summary: 'only this STIX type' },
    by: { kind: 'text', value: 'ORG', summary: 'only of this organisation: its id or exact name' },
    id: { kind: 'text', value: 'ID', summary: 'only this record, by its id' },
    stix: { kind: 'text', value: 'ID', summary: 'only versions of this STIX id' },
    'passphrase-file': PASSPHRASE_OPTION,
    home: HOME_OPTION,
    api: API_OPTION,
    'token-file': TOKEN_FILE_OPTION,
  },
  examples: [
    { line: 'intelmesh export --tlp clear --out public.json', about: 'What may go anywhere, as a bundle:' },
    {
      line: 'intelmesh export --format proof --by "Bank A" --out bank-a.ndjson',
      about: 'What one member said, with proofs:',
    },
  ],
  async run({ options }, context) {
    const { type, by, out } = options
    await using node = await connect(options, context)
    const items: ExportItem[] = []
    for await (const item of allItems(
      node.api,
      present({ type, by, stixId: options.stix, record: options.id }),
    )) {
      if (options.tlp === undefined || isWithin(item.tlp, options.tlp)) items.push(item)
      context.signal.throwIfAborted()
    }
    const text = options.format === 'proof' ? proofText(items) : bundleText(items)
    if (out === undefined) context.terminal.out.write(text)
    else await writeFile(out, text, { mode: 0o600 })
    context.terminal.err.write(`exported ${items.length} records: ${tally(items)}\n`)
    return { exit: items.length === 0 ? EXIT.notFound : EXIT.done }
  },
})

async function* allItems(api: NodeApi, filter: RecordFilter): AsyncIterable<ExportItem> {
  let after: number | undefined
  do {
    const page = await api.export({ ...filter, limit: PAGE, ...(after === undefined ? {} : { after }) })
    yield* page.items
    after = page.next
  } while (after !== undefined)
}

function proofText(items: readonly ExportItem[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join('')
}

function bundleText(items: readonly ExportItem[]): string {
  const labels = TLP_LABELS.filter((label) => items.some((item) => item.tlp === label))
  const objects = items.map(({ stix, tlp }) => labelledObject(parseObject(stix), tlp))
  const bundle = bundleOf([...labels.map(markingFor), ...objects], crypto.randomUUID())
  return `${new TextDecoder().decode(canonicalise(bundle))}\n`
}

/** The node stored it after checking it, so it is an object with type and id. */
function parseObject(stix: string): StixObject {
  return parseJson(new TextEncoder().encode(stix)) as StixObject
}

function tally(items: readonly ExportItem[]): string {
  const count = (label: TlpLabel) => items.filter((item) => item.tlp === label).length
  const counts = TLP_LABELS.filter((label) => count(label) > 0).map((label) => `${count(label)} ${label}`)
  return counts.join(', ') || 'nothing matched'
}
