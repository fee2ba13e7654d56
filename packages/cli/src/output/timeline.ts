import type { RecordDetail, RecordLife } from '@intelmesh/node'
import { fitWidth } from './display-width.ts'
import { printable } from './printable.ts'
import { minuteOf } from './records-table.ts'
import { type Colour, paint, type Style } from './style.ts'

/** What happened to a record, a line each, oldest first. */
export function renderTimeline(record: RecordDetail, style: Style): string {
  const { life } = record
  const events = [
    ...versionEvents(record),
    ...life.said.map(saidEvent),
    ...retractionEvents(life),
    ...hadEvents(life),
  ]
  const lines = events.toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at))).map(renderEvent)
  return [...lines, ...remainder(life)].map((line) => `${line}\n`).join('')

  function renderEvent({ at, text, colour }: TimelineEvent): string {
    const line = `${minuteOf(at)}  ${printable(text)}`
    const fitted = style.width === undefined ? line : fitWidth(line, style.width)
    return colour === undefined ? fitted : paint(style, colour, fitted)
  }
}

interface TimelineEvent {
  /** ISO 8601. */
  readonly at: string
  readonly text: string
  readonly colour?: Colour
}

/** Nodes that are named; a mesh may have thousands. */
const MAX_NODES = 20

function versionEvents({ record, published, organisation, life }: RecordDetail): readonly TimelineEvent[] {
  const others = life.versions.filter((version) => version.record !== record)
  return [
    ...(published === undefined ? [] : [{ at: published, text: `published by ${organisation.name}` }]),
    ...others.map((version) => ({
      at: version.published,
      text: `another version of it: ${version.record.slice(0, 16)}`,
    })),
  ]
}

function saidEvent({
  at,
  organisation,
  kind,
  summary,
  isNegative,
}: RecordLife['said'][number]): TimelineEvent {
  const text = `${kind} by ${organisation.name}: ${summary}`
  return isNegative ? { at, text: `! ${text}`, colour: 'yellow' } : { at, text }
}

function retractionEvents({ retraction }: RecordLife): readonly TimelineEvent[] {
  if (retraction === undefined) return []
  const erased = retraction.isErased ? ', and erased here' : ''
  const text = `taken back by ${retraction.organisation.name}: ${retraction.reason}${erased}`
  return [{ at: retraction.at, text, colour: 'red' }]
}

function hadEvents({ had, retraction }: RecordLife): readonly TimelineEvent[] {
  return had.slice(0, MAX_NODES).flatMap(({ node, organisation, at, how, retractedAt }) => {
    const who = `${organisation.name || 'a node'} (${node.slice(0, 8)})`
    // Where it was taken back it is known to be so.
    return [
      ...(at === undefined || how === 'author' ? [] : [{ at, text: `${HAD[how]} ${who}` }]),
      ...(retractedAt === undefined || retractedAt === retraction?.at
        ? []
        : [{ at: retractedAt, text: `known to be taken back at ${who}` }]),
    ]
  })
}

const HAD: Readonly<Record<RecordLife['had'][number]['how'], string>> = {
  author: 'published at',
  arrived: 'arrived here, at',
  'same-set': 'known to be held by',
  unknown: 'at',
}

function remainder({ had, said }: RecordLife): readonly string[] {
  return [
    ...(had.length > MAX_NODES ? [`and ${had.length - MAX_NODES} more nodes: --json names all`] : []),
    ...(said.length >= MAX_SAID ? [`the newest ${MAX_SAID} comments alone are listed`] : []),
  ]
}

const MAX_SAID = 100
