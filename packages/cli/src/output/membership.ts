import type { NewMembership } from '@intelmesh/node'
import { minuteOf } from './records-table.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { renderFields } from './table.ts'

/** What a person should know who has just joined, and what to do next. */
export function membershipText(
  home: string,
  { organisation, cluster, node, certificate, fingerprint }: NewMembership,
  style: Style,
): string {
  const fields = renderFields(
    [
      ['organisation', `${organisation.name} (${organisation.id})`],
      ['node', node],
      ['certificate', `${certificate.id}, until ${minuteOf(certificate.expires)}`],
      ['ACO', fingerprint],
    ],
    style,
  )
  return `${printable(organisation.name)} is a member of ${printable(cluster)}.\n${fields}Run the node with:\n  intelmesh run --home ${shellWord(home)}\n`
}

/** A word as a shell takes it. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
