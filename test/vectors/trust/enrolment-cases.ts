import {
  encodeReply,
  type EnrolmentRequest,
  formatInvite,
  type Invite,
  portableCrypto,
  RENEWAL,
  sealRenewal,
  sealRequest,
  STATUS_LIST,
  tagReply,
  tagRequest,
} from '@intelmesh/protocol'
import {
  AT,
  ACO,
  KEM_KEY,
  keysOf,
  NODE,
  plain,
  sealAny,
  secretOf,
  spoilt,
  STRANGER,
  usualChain,
  type VectorCase,
  type VectorFile,
} from './cast.ts'

const INVITE: Invite = {
  aco: ACO,
  id: secretOf('invite id').subarray(0, 16),
  secret: secretOf('invite secret'),
  cluster: 'finance.eu',
  expiresAt: AT + 72 * 3_600_000,
  urls: ['https://aco.example', 'http://192.0.2.1:4651'],
}

/** Invite lines. */
export async function inviteVectors(): Promise<VectorFile> {
  const line = formatInvite(portableCrypto, INVITE)
  const refused = (description: string, text: string, expect: string): VectorCase => ({
    description,
    expect,
    line: text,
  })
  return {
    description: 'Invite lines and what they hold. See docs/spec/enrolment.md, "Invite".',
    cases: [
      { description: 'an invite', expect: 'accept', line, invite: plain(INVITE) },
      {
        description: 'broken into lines, with blanks',
        expect: 'accept',
        line: ` ${line.replace(/(.{40})/g, '$1 \r\n\t')}\n`,
        invite: plain(INVITE),
      },
      refused('cut at its end', line.slice(0, 'imesh1:'.length + 120), 'INVITE_CHECKSUM'),
      refused('with one character changed', replaceAt(line, 60), 'INVITE_CHECKSUM'),
      refused('without its beginning', line.slice(1), 'INVITE_MALFORMED'),
      refused('a later version of the line', line.replace('imesh1:', 'imesh2:'), 'INVITE_MALFORMED'),
      refused('characters that base64url lacks', line.replace(/.$/, '='), 'INVITE_MALFORMED'),
      refused('nothing', '', 'INVITE_MALFORMED'),
    ],
  }
}

/** Requests, replies and renewals, with the tags over them. */
export async function enrolmentVectors(): Promise<VectorFile> {
  const claims: EnrolmentRequest = {
    invite: INVITE.id,
    publicKey: NODE.publicKey,
    kemKey: KEM_KEY,
    at: AT + 1000,
    name: 'Bank of Examples',
  }
  const request = await sealRequest(claims, NODE)
  const { invite: _, ...byFile } = claims
  const forged = await sealRequest(claims, STRANGER)
  const reply = encodeReply({
    chain: await usualChain(),
    beacon: new Uint8Array(1),
    statusList: await sealAny(STATUS_LIST, { subject: 'urn:x', issuedAt: 1, list: new Uint8Array(1) }, NODE),
    contacts: [],
    urls: INVITE.urls,
  })
  const tagged = tagRequest(INVITE, request)
  const answer = tagReply(INVITE, request, reply)
  const other = { ...INVITE, secret: secretOf('another secret') }
  const renewal = {
    nonce: new Uint8Array(16).fill(6),
    certificate: new Uint8Array(32).fill(7),
    kemKey: KEM_KEY,
    at: AT,
  }
  const renewalBytes = await sealRenewal(renewal, NODE)
  const otherNonce = await sealAny(RENEWAL, { ...renewal, nonce: new Uint8Array(16) }, NODE)

  const requestCase = (description: string, bytes: Uint8Array, expect: string): VectorCase => ({
    description,
    kind: 'request',
    expect,
    tagged: plain(bytes),
  })
  const replyCase = (description: string, bytes: Uint8Array, expect: string): VectorCase => ({
    description,
    kind: 'reply',
    expect,
    request: plain(request),
    tagged: plain(bytes),
  })
  const renewalCase = (description: string, bytes: Uint8Array, expect: string): VectorCase => ({
    description,
    kind: 'renewal',
    expect,
    bytes: plain(bytes),
    nonce: plain(renewal.nonce),
    certificate: plain(renewal.certificate),
    publicKey: plain(NODE.publicKey),
  })
  return {
    description: 'Tagged requests and replies under "invite", and renewals. See docs/spec/enrolment.md.',
    keys: keysOf('root', 'operator', 'node', 'stranger'),
    invite: plain(INVITE),
    cases: [
      { ...requestCase('a request', tagged, 'accept'), request: plain(request), claims: plain(claims) },
      {
        description: 'a request by file',
        kind: 'request file',
        expect: 'accept',
        bytes: plain(await sealRequest(byFile, NODE)),
        claims: plain(byFile),
      },
      requestCase('a tag under another secret', tagRequest(other, request), 'REQUEST_TAG_INVALID'),
      requestCase(
        'a tag for another ACO',
        tagRequest({ ...INVITE, aco: new Uint8Array(32) }, request),
        'REQUEST_TAG_INVALID',
      ),
      requestCase(
        'a tag for another invite',
        tagRequest({ ...INVITE, id: new Uint8Array(16) }, request),
        'REQUEST_TAG_INVALID',
      ),
      requestCase('a spoilt tag', spoilt(tagged), 'REQUEST_TAG_INVALID'),
      requestCase(
        'a request signed by another key than it wants certified',
        tagRequest(INVITE, forged),
        'REQUEST_SIGNATURE_INVALID',
      ),
      requestCase('no array', request, 'REQUEST_MALFORMED'),
      { ...replyCase('a reply', answer, 'accept'), reply: plain(reply) },
      replyCase('a spoilt tag', spoilt(answer), 'REPLY_TAG_INVALID'),
      replyCase('a reply to another request', tagReply(INVITE, forged, reply), 'REPLY_TAG_INVALID'),
      replyCase('a reply under another secret', tagReply(other, request, reply), 'REPLY_TAG_INVALID'),
      replyCase('a reply that is a request', tagged, 'REPLY_TAG_INVALID'),
      replyCase(
        'a tag over what is no reply',
        tagReply(INVITE, request, new Uint8Array(1)),
        'REPLY_MALFORMED',
      ),
      { ...renewalCase('a renewal', renewalBytes, 'accept'), claims: plain(renewal) },
      renewalCase('another nonce', otherNonce, 'NONCE_UNKNOWN'),
      renewalCase('a spoilt signature', spoilt(renewalBytes), 'COSE_SIGNATURE_INVALID'),
      renewalCase(
        'a renewal signed by another key',
        await sealRenewal(renewal, STRANGER),
        'COSE_SIGNATURE_INVALID',
      ),
      {
        ...renewalCase('a renewal of another certificate', renewalBytes, 'RENEWAL_REFUSED'),
        certificate: plain(new Uint8Array(32)),
      },
    ],
  }
}

function replaceAt(text: string, index: number): string {
  return text.slice(0, index) + (text[index] === 'A' ? 'B' : 'A') + text.slice(index + 1)
}
