export { reasonOf, skippedViews } from './reasons.ts'
export { createRetention, type Retention, type RetentionRule } from './retention.ts'
export { parseRetention } from './retention-rules.ts'
