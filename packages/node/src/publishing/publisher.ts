import { type TlpLabel, toHex } from '@intelmesh/protocol'
import { AdmissionError } from '../admission/index.ts'
import type {
  AmendRequest,
  CommentRequest,
  FeedView,
  PublishRequest,
  PublishResult,
  RetractRequest,
  RetractResult,
} from '../publish-api.ts'
import type { KnownCertificate, Trust } from '../trust/index.ts'
import { amend } from './amend.ts'
import { createChainWriter } from './chain-writer.ts'
import { comment } from './comment.ts'
import type { PublisherComponents, PublishingParts } from './components.ts'
import { listFeeds } from './feed-rounds.ts'
import { createJointRequest, type JointRequest } from './joint-request.ts'
import { publishObjects } from './publish-objects.ts'
import { retractRecords } from './retract.ts'
import { noteTakenBack } from './taken-back.ts'

/**
 * Signs and stores what the own organisation says, and sends it out. Nothing above `clearance`, that of who asks, is published,
 * touched or told of. All methods but `feeds` throw AdmissionError while the own certificate does not stand well.
 */
export interface Publisher {
  publish(request: PublishRequest, clearance: TlpLabel): Promise<PublishResult>
  amend(request: AmendRequest, clearance: TlpLabel): Promise<PublishResult>
  comment(request: CommentRequest, clearance: TlpLabel): Promise<PublishResult>
  retract(request: RetractRequest, clearance: TlpLabel): Promise<RetractResult>
  feeds(clearance: TlpLabel): Promise<readonly FeedView[]>
}

interface Joining {
  readonly requests: JointRequest
  readonly results: Promise<readonly PublishResult[]>
}

export function createPublisher(components: PublisherComponents): Publisher {
  const { store, trust, own } = components
  const parts: PublishingParts = {
    ...components,
    writer: createChainWriter(components),
    organisation: () => toHex(own().certificate.claims.mesh.organisation),
  }
  let queue: Promise<unknown> = Promise.resolve()
  /** What waits at the end of the queue, as long as a request may join it there. */
  let last: Joining | undefined

  /** One after the other: what is planned against the store must not change before it is published. */
  function inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    last = undefined
    const result = queue.then(async () => {
      assertMayPublish(trust, own())
      await store.certain()
      return action()
    })
    queue = result.catch(() => undefined)
    return result
  }

  function serial<Request, Result>(
    verb: (parts: PublishingParts, request: Request, clearance: TlpLabel) => Promise<Result>,
  ): (request: Request, clearance: TlpLabel) => Promise<Result> {
    return (request, clearance) => inTurn(() => verb(parts, request, clearance))
  }

  /** What comes while others are on their way to the disk goes there together, in the next turn. */
  async function publish(request: PublishRequest, clearance: TlpLabel): Promise<PublishResult> {
    const place = last?.requests.join(request, clearance)
    if (last !== undefined && place !== undefined) return (await last.results)[place] as PublishResult
    const requests = createJointRequest(request, clearance)
    const results = inTurn(async () => {
      if (last?.requests === requests) last = undefined
      return requests.parts(await publishObjects(parts, requests.whole(), { clearance }))
    })
    last = { requests, results }
    return (await results)[0] as PublishResult
  }

  components.admission.onTakenBack((records) => {
    last = undefined
    queue = queue.then(() => noteTakenBack(parts, records)).catch(() => undefined)
  })
  return {
    publish,
    amend: serial(amend),
    comment: serial(comment),
    retract: serial(retractRecords),
    feeds: (clearance) => listFeeds(components.store, clearance),
  }
}

/** @throws AdmissionError CERT_REVOKED, CERT_SUSPENDED, CERT_EXPIRED, CERT_UNKNOWN */
function assertMayPublish(trust: Trust, own: KnownCertificate): void {
  const standing = trust.standing(own.keyId)
  if (standing === 'good') return
  const code = (
    {
      revoked: 'CERT_REVOKED',
      suspended: 'CERT_SUSPENDED',
      expired: 'CERT_EXPIRED',
      unknown: 'CERT_UNKNOWN',
    } as const
  )[standing]
  throw new AdmissionError(code, 'the mesh would not take it: see `intelmesh status`')
}
