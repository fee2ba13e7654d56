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

export function createPublisher(components: PublisherComponents): Publisher {
  const { trust, own } = components
  const parts: PublishingParts = {
    ...components,
    writer: createChainWriter(components),
    organisation: () => toHex(own().certificate.claims.mesh.organisation),
  }
  let queue: Promise<unknown> = Promise.resolve()

  /** One after the other: what is planned against the store must not change before it is published. */
  function serial<Request, Result>(
    verb: (parts: PublishingParts, request: Request, clearance: TlpLabel) => Promise<Result>,
  ): (request: Request, clearance: TlpLabel) => Promise<Result> {
    return (request, clearance) => {
      const result = queue.then(() => {
        assertMayPublish(trust, own())
        return verb(parts, request, clearance)
      })
      queue = result.catch(() => undefined)
      return result
    }
  }

  components.admission.onTakenBack((records) => {
    queue = queue.then(() => noteTakenBack(parts, records)).catch(() => undefined)
  })
  return {
    publish: serial((_, request: PublishRequest, clearance) => publishObjects(parts, request, { clearance })),
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
