export { createScheduler, type Scheduler } from './scheduler.ts'
export type { SyncComponents } from './session.ts'
