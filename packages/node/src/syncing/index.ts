export { createSameSets, nodesWithSame } from './same-sets.ts'
export { createScheduler, type Scheduler } from './scheduler.ts'
export type { SetStanding } from './scheduling/standings.ts'
export type { SyncComponents } from './session.ts'
