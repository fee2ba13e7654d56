import { once } from 'node:events'
import { startAttacker } from '../../support/attacker.ts'
import { readAuthor } from '../../support/forge.ts'
import { CASES } from './cases.ts'

/** A member gone bad, whom it attacks, and how. */
export interface Plan {
  /** Its home. */
  readonly home: string
  /** Address of the victim. */
  readonly victim: string
  /** Place of the case. */
  readonly place: number
  readonly count: number
}

// Started by ../rows/hostile-cases.ts with a plan as argument: makes everything ready, and then takes a step whenever it is told to.
const { home, victim, place, count } = JSON.parse(process.argv[2] ?? '') as Plan
const { prepare } = CASES[place] as (typeof CASES)[number]
const { serve, attack } = await prepare(await readAuthor(home), count)
await step()
const attacker = await startAttacker({ home, victim, ...(serve && { serve }) })
await attack?.(attacker)
await step()
process.exit()

/** Says that what came before is done, and waits for the next order. */
async function step(): Promise<void> {
  process.send?.('done')
  await once(process, 'message')
}
