export { acceptMaterial, type Expected, type Membership } from './accept-material.ts'
export type { Fetch } from './ask-service.ts'
export { JoiningError, type JoiningErrorCode } from './errors.ts'
export {
  installFile,
  join,
  type JoinComponents,
  type JoinOptions,
  type Newcomer,
  requestFile,
} from './join.ts'
export { renew, renewAt, type RenewalDesk, type RenewComponents } from './renew.ts'
