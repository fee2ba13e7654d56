import {
  type Crypto,
  type DataCompartment,
  encodeBatch,
  encodeLeaf,
  fromHex,
  headerHash,
  type Hlc,
  isWithin,
  type LeafBody,
  MAX_BATCH_RECORDS,
  nextHlc,
  parseLeaf,
  sealHeader,
  type Signer,
  type TlpLabel,
  toHex,
} from '@intelmesh/protocol'
import { ADMISSION_PROFILE } from '@intelmesh/stix'
import { type Admission, AdmissionError } from '../admission/index.ts'
import type { PublishRequest, PublishResult, RetractRequest, RetractResult } from '../api.ts'
import type { Hex, Store, StoredRecord } from '../store/index.ts'
import type { KnownCertificate, Trust } from '../trust/index.ts'
import { type Prepared, prepareObjects } from './prepare.ts'

export interface PublisherComponents {
  readonly store: Store
  readonly trust: Trust
  readonly admission: Admission
  readonly crypto: Crypto
  readonly signer: Signer
  readonly own: () => KnownCertificate
  readonly clock: () => number
  readonly random: (length: number) => Uint8Array
  /** Sends a batch to the mesh; returns whether there is a mesh to send to. */
  readonly announce: (compartment: DataCompartment, batch: Uint8Array, urgent: boolean) => boolean
}

/** Signs and stores what the own organisation says, and sends it out. */
export interface Publisher {
  publish(request: PublishRequest): Promise<PublishResult>
  retract(request: RetractRequest): Promise<RetractResult>
}

interface Draft {
  readonly body: LeafBody
  readonly label: TlpLabel
  readonly compartment: DataCompartment
  readonly expires: number
}

interface ChainState {
  readonly chain: Uint8Array
  seq: number
  previous?: Uint8Array
  hlc: Hlc
}

/** One signature and one message for up to so many bytes of leaves: gossip is cheap by the byte and dear by the message. */
const BATCH_BYTES: number = 128 * 1024

export function createPublisher(components: PublisherComponents): Publisher {
  const { store, trust, admission, crypto, signer, own, clock, random, announce } = components
  // A process cannot know whether its store was set back to an earlier day, so it never goes on with a chain it did not begin.
  const chains = new Map<DataCompartment, ChainState>()
  let queue: Promise<unknown> = Promise.resolve()

  function chainOf(compartment: DataCompartment): ChainState {
    const held = chains.get(compartment)
    if (held !== undefined) return held
    const fresh: ChainState = { chain: random(16), seq: 0, hlc: 0n }
    chains.set(compartment, fresh)
    return fresh
  }

  /** Signs, stores on disk and announces one batch; gives the record ids in the order of `drafts`. */
  async function send(
    compartment: DataCompartment,
    drafts: readonly Draft[],
    urgent: boolean,
  ): Promise<{ ids: readonly Hex[]; isAnnounced: boolean }> {
    const state = chainOf(compartment)
    const from = nextHlc(state.hlc, clock())
    let hlc = from - 1n
    const leaves = drafts.map(({ body, label, expires }) => {
      hlc += 1n
      return encodeLeaf({
        clear: {
          author: fromHex(own().keyId),
          hlc,
          cluster: trust.cluster,
          compartments: [compartment],
          tlp: label,
          expires,
        },
        body,
      })
    })
    const place = { chain: state.chain, seq: state.seq, ...(state.previous && { previous: state.previous }) }
    const header = await sealHeader(
      crypto,
      { profile: ADMISSION_PROFILE, certificate: fromHex(own().id), audience: compartment, ...place },
      { leaves, from, to: hlc },
      signer,
    )
    const batch = encodeBatch(header, leaves)
    const admitted = await admission.admitBatch(
      batch,
      { kind: 'self' },
      { sync: true, audience: compartment },
    )
    // What a failed write has left on disk is not known: another header in that place would be a fork.
    await admitted.stored.catch((error: unknown) => {
      chains.delete(compartment)
      throw error
    })
    if (admitted.action !== 'accept')
      throw new AdmissionError(admitted.code, 'the own batch was not admitted')
    Object.assign(state, { seq: state.seq + 1, previous: headerHash(crypto, header), hlc })
    return {
      ids: leaves.map((leaf) => toHex(parseLeaf(crypto, leaf).id)),
      isAnnounced: announce(compartment, batch, urgent),
    }
  }

  function serial<T>(work: () => Promise<T>): Promise<T> {
    const result = queue.then(work)
    queue = result.catch(() => undefined)
    return result
  }

  function assertMayPublish(): void {
    const standing = trust.standing(own().keyId)
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

  async function publish(request: PublishRequest): Promise<PublishResult> {
    assertMayPublish()
    const { prepared, refused, notices } = prepareObjects(request, clock())
    const clearance = own().certificate.claims.mesh.clearance
    const { within, above } = splitByClearance(prepared, clearance)
    const published: PublishResult['published'][number][] = []
    let isAnnounced = true
    if (request.dryRun !== true) {
      for (const group of groups(within)) {
        const drafts = await Promise.all(group.items.map((item) => draftOf(item)))
        const sent = await send(group.compartment, drafts, false)
        isAnnounced &&= sent.isAnnounced
        group.items.forEach((item, i) =>
          published.push({
            record: sent.ids[i] ?? '',
            stixId: item.stixId,
            type: item.type,
            where: item.where,
          }),
        )
      }
    } else {
      published.push(
        ...within.map((item) => ({ record: '', stixId: item.stixId, type: item.type, where: item.where })),
      )
    }
    return { published, refused: [...refused, ...above], notices, isAnnounced }
  }

  /** A later version of an object that this organisation has published names the version that it replaces. */
  async function draftOf({ stix, stixId, label, compartment, expires }: Prepared): Promise<Draft> {
    const earlier = await newestOwn(stixId)
    const links =
      earlier === undefined ? {} : { lineage: lineageOf(earlier), supersedes: [fromHex(earlier.id)] }
    return { body: { kind: 'stix', stix, ...links }, label, compartment, expires }
  }

  async function newestOwn(stixId: string): Promise<StoredRecord | undefined> {
    const organisation = toHex(own().certificate.claims.mesh.organisation)
    for (const id of await store.versions(stixId)) {
      const record = await store.record(id)
      if (record?.organisation === organisation) return record
    }
    return undefined
  }

  function lineageOf(record: StoredRecord): Uint8Array {
    return parseLeaf(crypto, record.leaf).body.lineage ?? fromHex(record.id)
  }

  async function retract({ ids, reason }: RetractRequest): Promise<RetractResult> {
    assertMayPublish()
    const organisation = toHex(own().certificate.claims.mesh.organisation)
    const retracted: RetractResult['retracted'][number][] = []
    const refused: RetractResult['refused'][number][] = []
    for (const id of ids) {
      const target = await store.record(id)
      if (target === undefined) refused.push({ id, code: 'RECORD_NOT_FOUND', reason: 'no such record here' })
      else if (target.organisation !== organisation)
        refused.push({
          id,
          code: 'RECORD_NOT_OWN',
          reason: 'only the organisation that published a record can take it back',
        })
      else {
        const body: LeafBody = { kind: 'tombstone', retracts: [fromHex(id)], reason }
        const compartment = target.set.split('/')[0] as DataCompartment
        const sent = await send(
          compartment,
          [{ body, label: target.tlp, compartment, expires: target.expires }],
          true,
        )
        retracted.push({ record: id, tombstone: sent.ids[0] ?? '' })
      }
    }
    return { retracted, refused }
  }

  return {
    publish: (request) => serial(() => publish(request)),
    retract: (request) => serial(() => retract(request)),
  }
}

function splitByClearance(
  prepared: readonly Prepared[],
  clearance: TlpLabel,
): { within: readonly Prepared[]; above: PublishResult['refused'] } {
  const isCleared = ({ label }: Prepared): boolean => isWithin(label, clearance)
  return {
    within: prepared.filter(isCleared),
    above: prepared
      .filter((item) => !isCleared(item))
      .map(({ where, stixId }) => ({
        where,
        stixId,
        code: 'LEAF_ABOVE_CLEARANCE',
        path: '',
        reason: 'the label is narrower than the clearance of the own certificate',
      })),
  }
}

/** Runs of objects of one compartment, each small enough for one batch. */
function* groups(
  prepared: readonly Prepared[],
): Iterable<{ compartment: DataCompartment; items: readonly Prepared[] }> {
  const byCompartment = Map.groupBy(prepared, ({ compartment }) => compartment)
  for (const [compartment, items] of byCompartment) {
    let run: Prepared[] = []
    let bytes = 0
    for (const item of items) {
      if (run.length > 0 && (run.length === MAX_BATCH_RECORDS || bytes + item.stix.length > BATCH_BYTES)) {
        yield { compartment, items: run }
        run = []
        bytes = 0
      }
      run.push(item)
      bytes += item.stix.length
    }
    if (run.length > 0) yield { compartment, items: run }
  }
}
