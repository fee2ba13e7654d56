import { createChance } from './chance.ts'
import { createFoundation, type Foundation, START } from './foundation.ts'
import { takeOver, turn } from './take-over.ts'
import { createTimeline } from './timeline.ts'

let made: Promise<Foundation> | undefined

/** The foundation of all runs of this process. */
export function sharedFoundation(): Promise<Foundation> {
  return (made ??= make())
}

async function make(): Promise<Foundation> {
  const timeline = createTimeline(START, turn)
  const chance = createChance('foundation')
  using _ = takeOver(
    () => timeline,
    () => chance,
  )
  return await createFoundation(timeline)
}
