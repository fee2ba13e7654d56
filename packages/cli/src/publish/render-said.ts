import type { PublishResult } from '@intelmesh/node'
import type { Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { printable } from '../output/printable.ts'
import { heldLine } from './render-outcome.ts'

/** What came of publishing one thing: the record that it became, or why there is none. */
export function saidOutcome(result: PublishResult): Outcome {
  const { published, unchanged, held, overridden, refused, notices, isAnnounced } = result
  const waits = isAnnounced || published.length === 0 ? [] : ['on disk; leaves when the node runs']
  const lines = [
    ...published.map(({ record, type, stixId }) => `published ${type} as record ${record}  ${stixId}`),
    ...unchanged.map(({ record }) => `unchanged: record ${record} says the same`),
    ...waits,
    ...notices.map(({ text, code }) => `${text} (${code})`),
    ...overridden.map(({ value, list }) => `let through: ${value} (${list})`),
    ...held.map((finding) => `held back: ${heldLine(finding).trimStart()}`),
    ...(held.length > 0 ? ['--allow VALUE or --allow LIST lets it through'] : []),
    ...refused.map(
      ({ code, path, reason }) => `refused: ${reason} (${code}${path === '' ? '' : ` at ${path}`})`,
    ),
  ]
  return {
    data: result,
    exit: held.length + refused.length > 0 ? EXIT.refused : EXIT.done,
    text: () => lines.map((line) => `${printable(line)}\n`).join(''),
  }
}
