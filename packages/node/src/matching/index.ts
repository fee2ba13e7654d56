export type { ConfirmedMatch } from './confirm.ts'
export { MatchError, type MatchErrorCode } from './errors.ts'
export { filterBytes } from './filter-format.ts'
export { type ConfirmedLines, type Matcher, openMatcher } from './open-matcher.ts'
