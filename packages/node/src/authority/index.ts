export type { AuthorityErrorCode } from './errors.ts'
export { initialiseAuthority, type NewAuthority } from './initialise.ts'
export { type Authority, openAuthority } from './open-authority.ts'
export type { AuthorityOptions } from './desk.ts'
