import type { RecordView } from '@intelmesh/node'
import { LABEL_COLOURS, type Style } from './style.ts'
import { type Cell, renderTable } from './table.ts'

/** Records, a line each. */
export function recordsTable(records: readonly RecordView[], style: Style): string {
  return renderTable(
    [
      { title: 'arrived' },
      { title: 'tlp' },
      { title: 'type', least: 9 },
      { title: 'by', least: 8 },
      { title: 'summary', least: 16 },
      { title: 'record', least: 12 },
    ],
    records.map((record) => [
      minuteOf(record.arrived),
      labelCell(record.tlp),
      record.type,
      record.organisation.name,
      record.summary,
      record.record,
    ]),
    style,
  )
}

/** A label in its colour. */
export function labelCell(tlp: RecordView['tlp']): Cell {
  return { text: tlp.toUpperCase(), colour: LABEL_COLOURS[tlp] }
}

/** An ISO instant to the minute, as people read it. */
export function minuteOf(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ')
}

/** An ISO instant's day. */
export function dayOf(instant: string): string {
  return instant.slice(0, 10)
}
