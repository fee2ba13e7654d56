export { EnrolmentError, type EnrolmentErrorCode, formatInvite, type Invite, parseInvite } from './invite.ts'
export { openRenewal, type Renewal, RENEWAL, RENEWAL_GRACE_MS, sealRenewal } from './renewal.ts'
export { acceptReply, decodeReply, encodeReply, type EnrolmentReply, tagReply, untagReply } from './reply.ts'
export {
  type EnrolmentRequest,
  openRequest,
  parseRequest,
  sealRequest,
  splitTagged,
  tagRequest,
  untagRequest,
} from './request.ts'
