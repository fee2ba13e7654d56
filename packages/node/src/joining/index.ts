export { acceptMaterial, type Membership } from './accept-material.ts'
export { installFile, join, type JoinComponents, type Newcomer, requestFile } from './join.ts'
export { renew, renewAt } from './renew.ts'
