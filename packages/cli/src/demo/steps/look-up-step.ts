import type { LookupHit } from '@intelmesh/node'
import { labelCell } from '../../output/records-table.ts'
import type { Cell, Column } from '../../output/table.ts'
import { createChance } from '../chance.ts'
import type { DemoNode } from '../demo-node.ts'
import { publishItems } from '../publish-items.ts'
import { seconds } from '../seconds.ts'
import { type Demo, type Publication, standing, standingMembers, type Step } from '../step.ts'
import { valueOf } from '../value-of.ts'
import { waitUntil } from '../wait-until.ts'

/** A value, who published it, and who is asked about it. */
interface Question {
  readonly publication: Publication
  readonly value: string
  readonly asked: DemoNode
}

interface Answer extends Question {
  readonly hit: LookupHit | undefined
  readonly ms: number
}

const QUESTIONS_PER_MEMBER = 2
/** Indicators that no other step takes, for when the gate holds one back, as it does with one of fifty. */
const SPARE = [3, 10] as const

export const lookUpStep: Step = {
  name: 'look-up',
  title: 'Members look values up that others published',
  about:
    'Each question goes to the replica of the one who asks: nobody else learns that it was asked. The values point at real malware, so they are shown defanged, and may be typed so.',
  async run(demo) {
    const answers: Answer[] = []
    for (const question of chooseQuestions(demo)) answers.push(await ask(question))
    demo.screen.table(COLUMNS, answers.map(rowOf))
    demo.screen.line()
    const found = answers.filter(({ hit }) => hit !== undefined)
    const alert = await raiseAlert(demo)
    const slowest = Math.max(0, ...answers.map(({ ms }) => ms))
    const says = `${found.length} of ${answers.length} values found at members that did not publish them, the slowest in ${seconds(slowest)}`
    const measured = { asked: answers.length, found: found.length, slowestMs: slowest }
    const details = answers.map(detailOf)
    if (alert === undefined)
      return {
        held: false,
        says: `${says}; a new indicator did not arrive everywhere within a minute`,
        measured,
      }
    return {
      held: found.length === answers.length,
      says: `${says}; a new indicator could be looked up at every other node ${seconds(alert)} after it was published`,
      measured: { ...measured, newIndicatorMs: alert },
      details,
    }
  },
}

/** Some values of each member's, each asked at another member. */
function chooseQuestions({ seed, members, publications }: Demo): readonly Question[] {
  const chance = createChance(seed, 'look-ups')
  return members.flatMap((member) => {
    const others = members.filter((other) => other !== member)
    const own = publications.filter((publication) => publication.member === member)
    return chance
      .shuffle(own)
      .flatMap((publication) => {
        const value = valueOf(publication)
        return value === undefined ? [] : [{ publication, value }]
      })
      .slice(0, QUESTIONS_PER_MEMBER)
      .map((choice) => ({ ...choice, asked: chance.pick(others) }))
  })
}

async function ask(question: Question): Promise<Answer> {
  const { asked, publication, value } = question
  const startedAt = performance.now()
  const [answer] = await asked.api.lookup([value])
  const ms = Math.round(performance.now() - startedAt)
  const isOurs = (hit: LookupHit): boolean =>
    hit.record === publication.record && hit.organisation.name === publication.member.organisation
  return { ...question, hit: answer?.hits.find(isOurs), ms }
}

const COLUMNS: readonly Column[] = [
  { title: 'value', least: 14 },
  { title: 'said by', least: 8 },
  { title: 'tlp' },
  { title: 'asked at', least: 8 },
  { title: 'took' },
  { title: 'record', least: 8 },
]

function rowOf({ value, hit, asked, ms }: Answer): readonly Cell[] {
  const known: readonly Cell[] =
    hit === undefined
      ? [{ text: 'not found', colour: 'red' }, '']
      : [hit.organisation.name, labelCell(hit.tlp)]
  return [defanged(value), ...known, asked.organisation, seconds(ms), hit?.record.slice(0, 16) ?? '']
}

function detailOf({ value, publication, asked, hit, ms }: Answer) {
  const { record, member } = publication
  return {
    value,
    record,
    saidBy: member.organisation,
    askedAt: asked.organisation,
    found: hit === undefined ? 'no' : 'yes',
    ms,
  }
}

/** Written so that nobody opens it by a click; `lookup` takes it like this. */
function defanged(value: string): string {
  return value.replace(/^http/, 'hxxp').replaceAll('.', '[.]')
}

/** Publishes one indicator. @returns ms until the last of the other nodes knows it */
async function raiseAlert(demo: Demo): Promise<number | undefined> {
  const chance = createChance(demo.seed, 'alert')
  const member = chance.pick(standingMembers(demo))
  let startedAt = 0
  let publication: Publication | undefined
  for (const item of [...demo.content.later.slice(0, 1), ...demo.content.later.slice(...SPARE)]) {
    startedAt = performance.now()
    publication = (await publishItems(demo, member, { items: [item], tlp: 'green' })).publications[0]
    if (publication !== undefined) break
  }
  const value = publication && valueOf(publication)
  if (publication === undefined || value === undefined) return undefined
  const others = standing(demo).filter((node) => node !== member)
  const arrivals = await Promise.all(
    others.map((asked) =>
      waitUntil(
        async () =>
          (await ask({ publication, value, asked })).hit === undefined ? undefined : performance.now(),
        { everyMs: 10, signal: demo.signal },
      ),
    ),
  )
  const times = arrivals.filter((at) => at !== undefined)
  return times.length < others.length ? undefined : Math.round(Math.max(...times) - startedAt)
}
