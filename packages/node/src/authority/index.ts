export type { AuthorityComponents, AuthorityOptions } from './desk.ts'
export type { EnrolmentOutcome } from './enrol.ts'
export { AuthorityError, type AuthorityErrorCode } from './errors.ts'
export {
  type AuthorityDraft,
  type AuthorityDraftOptions,
  initialiseAuthority,
  type NewAuthority,
} from './initialise.ts'
export { type Authority, openAuthority } from './open-authority.ts'
export type { AuthorityStore } from './register.ts'
export type { SealedBeacon } from './transaction.ts'
