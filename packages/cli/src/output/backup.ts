import type { BackupSummary, RestoredHome, WrittenBackup } from '@intelmesh/node'
import { shellWord } from './membership.ts'
import { printable } from './printable.ts'
import { minuteOf } from './records-table.ts'
import type { Style } from './style.ts'
import { renderFields } from './table.ts'

/** What was written, and how to treat it. */
export function writtenText(path: string, { bytes, storeBytes, files }: WrittenBackup, style: Style): string {
  const fields = renderFields(
    [
      ['size', `${sizeText(bytes)} (${sizeText(storeBytes)} of rows)`],
      ['files', filesText(files)],
    ],
    style,
  )
  return `wrote ${printable(path)}\n${fields}It holds the keys of this node: keep it as safe as the home. Check it with:\n  intelmesh restore ${printable(shellWord(path))} --check\n`
}

/** What a backup holds, as it was found to. */
export function backupText(summary: BackupSummary, style: Style): string {
  const { organisation, cluster, node, certificate, made, version, records, rows, files } = summary
  return renderFields(
    [
      ['organisation', `${organisation.name} (${organisation.id})`],
      ['cluster', cluster],
      ['node', node],
      ['certificate', `until ${minuteOf(certificate.expires)}`],
      ['made', `${minuteOf(made)}, by version ${version}`],
      ['records', `${records}, in ${rows} rows of the store`],
      ['files', filesText(files)],
    ],
    style,
  )
}

/** What was restored, and what its owner has to do next. @param now ms since the Unix epoch */
export function restoredText(restored: RestoredHome, now: number, style: Style): string {
  const { home, certificate, operatorKeyAside } = restored
  return [
    `restored ${printable(home)}\n`,
    backupText(restored, style),
    '\nThe node that this is a copy of must not run any more: two with one key push each other out of the mesh.\n',
    Date.parse(certificate.expires) < now ? EXPIRED : '',
    operatorKeyAside === undefined ? '' : acoText(operatorKeyAside),
    `Run the node with:\n  intelmesh run --home ${printable(shellWord(home))}\n`,
  ].join('')
}

const EXPIRED =
  'Its certificate has expired. Up to 30 days later the node renews it by itself; after that, the ACO has to invite it anew.\n'

function acoText(aside: string): string {
  return `This is an ACO, which signed beacons after the backup: its operator key is at ${printable(aside)}, and this node is a mere member for now.
Let it hear from its members until it is in sync, stop it, and then: intelmesh aco resume
`
}

function filesText(files: readonly string[]): string {
  const kem = files.filter((name) => name.startsWith('kem/')).length
  const others = files.filter((name) => !name.startsWith('kem/'))
  return [...others, ...(kem === 0 ? [] : [`${kem} ${kem === 1 ? 'key' : 'keys'} for sealed records`])].join(
    ', ',
  )
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const

/** A size as people read it. */
export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3))
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${UNITS[power]}`
}
