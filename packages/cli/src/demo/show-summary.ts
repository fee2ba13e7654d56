import { shellWord } from '../output/membership.ts'
import { printable } from '../output/printable.ts'
import type { DemoReport } from './report.ts'
import type { Screen } from './screen.ts'
import { seconds } from './seconds.ts'
import type { Demo } from './step.ts'
import { IS_CHECKOUT } from '../package-files.ts'
import { valueOf } from './value-of.ts'

/** What was shown, a line each. */
export function showSummary(screen: Screen, { steps, held, ms, seed }: DemoReport): void {
  screen.title('Summary')
  screen.table(
    [{ title: 'step' }, { title: 'held' }, { title: 'took' }, { title: 'measured', least: 20 }],
    steps.map((step) => [
      step.name,
      step.held ? { text: 'yes', colour: 'green' } : { text: 'no', colour: 'red' },
      seconds(step.ms),
      Object.entries(step.measured)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ]),
  )
  screen.line()
  const many = `${steps.length} steps in ${seconds(ms)}, seed ${printable(seed)}`
  screen.verdict(held, held ? `everything held: ${many}` : many)
}

/** How a person goes on by hand. */
export function showHowTo({ screen, aco, members, revoked, publications }: Demo, fingerprint: string): void {
  screen.title('Talk to the nodes, each by its home')
  screen.table(
    [{ title: 'organisation' }, { title: 'pid' }, { title: 'home' }, { title: '' }],
    [aco, ...members].map((node) => [
      node.organisation,
      node.isUp ? String(node.pid) : 'stopped',
      node.home,
      revoked.includes(node) ? { text: 'revoked', colour: 'red' } : '',
    ]),
  )
  screen.line()
  const said = publications.findLast((publication) => valueOf(publication) !== undefined)
  const value = said === undefined ? '198.51.100.7' : valueOf(said)
  const asked = members.find((member) => member !== said?.member && !revoked.includes(member)) ?? aco
  for (const [words, { home }] of [
    [`lookup '${value}'`, asked],
    ['records --limit 20', asked],
    ['export --format proof --out records.ndjson', asked],
    [`verify records.ndjson --fingerprint ${fingerprint}`, asked],
    ['status', aco],
    ['aco list', aco],
  ] as const)
    screen.command(`${programName()} ${words} --home ${shellWord(home)}`)
  screen.line()
}

/** How this program was called, as far as a person would type it again. */
function programName(): string {
  return IS_CHECKOUT ? './intelmesh' : 'npx intelmesh'
}
