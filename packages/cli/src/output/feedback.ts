import type { Feedback, LookupHit } from '@intelmesh/node'
import { fitWidth } from './display-width.ts'
import { printable } from './printable.ts'
import { type Colour, paint, type Style } from './style.ts'

/** Why a gate would have held a value back, a sentence for each list. */
export function flagTexts(flags: LookupHit['flags']): readonly string[] {
  return [...new Set(flags.map(({ list, listName }) => `on list ${list}: ${listName}`))]
}

/** What members hold against an object. */
export function doubtTexts({ negative, disagree }: Feedback): readonly string[] {
  return [
    ...(negative > 0 ? [`${members(negative, 'calls', 'call')} it a false positive`] : []),
    ...(disagree > 0 ? [`${members(disagree, 'disagrees', 'disagree')} with it`] : []),
  ]
}

/** What members say for an object; empty where nobody does. */
export function supportText({ sightings, agree, notes }: Feedback): string {
  return [
    ...(sightings > 0 ? [`${members(sightings, 'has', 'have')} seen it`] : []),
    ...(agree > 0 ? [`${members(agree, 'agrees', 'agree')}`] : []),
    ...(notes > 0 ? [`${members(notes, 'has', 'have')} a note on it`] : []),
  ].join('; ')
}

/** A line below another, to which it belongs. */
export function remarkLine(text: string, colour: Colour, style: Style): string {
  const line = `  ${printable(text)}`
  return paint(style, colour, style.width === undefined ? line : fitWidth(line, style.width))
}

function members(count: number, one: string, several: string): string {
  return count === 1 ? `1 member ${one}` : `${count} members ${several}`
}
