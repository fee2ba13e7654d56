import {
  type DataCompartment,
  encodeBatch,
  encodeLeaf,
  fromHex,
  headerHash,
  type Hlc,
  hlcTime,
  type LeafBody,
  MAX_BATCH_RECORDS,
  nextHlc,
  parseLeaf,
  sealHeader,
  type TlpLabel,
  toHex,
} from '@intelmesh/protocol'
import { ADMISSION_PROFILE } from '@intelmesh/stix'
import { AdmissionError, hourOf } from '../admission/index.ts'
import type { Hex } from '../store/index.ts'
import type { PublisherComponents } from './components.ts'

/** A record to be made. */
export interface Draft {
  readonly body: LeafBody
  readonly label: TlpLabel
  readonly compartment: DataCompartment
  /** Whole hours since the Unix epoch. */
  readonly expires: number
  readonly channel?: string
}

/** Signs records into the chains of this process. Calls must not overlap. */
export interface ChainWriter {
  /**
   * Signs, stores on disk and announces; gives the record ids in the order of `drafts`.
   *
   * @throws AdmissionError with the code by which the own node refused; StoreError. Batches before the one that failed are stored
   */
  write(drafts: readonly Draft[], options: { readonly urgent: boolean }): Promise<Written>
}

export interface Written {
  readonly ids: readonly Hex[]
  readonly isAnnounced: boolean
}

interface ChainState {
  readonly chain: Uint8Array
  seq: number
  previous?: Uint8Array
  hlc: Hlc
}

/** One signature and one message for up to so many bytes of leaves: gossip is cheap by the byte and dear by the message. */
const BATCH_BYTES: number = 128 * 1024

export function createChainWriter({
  trust,
  admission,
  crypto,
  signer,
  own,
  clock,
  random,
  announce,
}: PublisherComponents): ChainWriter {
  // A process cannot know whether its store was set back to an earlier day, so it never goes on with a chain it did not begin.
  const chains = new Map<DataCompartment, ChainState>()

  function chainOf(compartment: DataCompartment): ChainState {
    const held = chains.get(compartment)
    if (held !== undefined) return held
    const fresh: ChainState = { chain: random(16), seq: 0, hlc: 0n }
    chains.set(compartment, fresh)
    return fresh
  }

  async function send(
    compartment: DataCompartment,
    drafts: readonly Draft[],
    urgent: boolean,
  ): Promise<Written> {
    const state = chainOf(compartment)
    const from = nextHlc(state.hlc, clock())
    const leaves = drafts.map((draft, i) => leafOf(draft, from + BigInt(i)))
    const to = from + BigInt(drafts.length - 1)
    const place = { chain: state.chain, seq: state.seq, ...(state.previous && { previous: state.previous }) }
    const header = await sealHeader(
      crypto,
      { profile: ADMISSION_PROFILE, certificate: fromHex(own().id), audience: compartment, ...place },
      { leaves, from, to },
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
    Object.assign(state, { seq: state.seq + 1, previous: headerHash(crypto, header), hlc: to })
    return {
      ids: leaves.map((leaf) => toHex(parseLeaf(crypto, leaf).id)),
      isAnnounced: announce(compartment, batch, urgent),
    }
  }

  function leafOf({ body, label, compartment, expires, channel }: Draft, hlc: Hlc): Uint8Array {
    return encodeLeaf({
      clear: {
        author: fromHex(own().keyId),
        hlc,
        cluster: trust.cluster,
        compartments: [compartment],
        tlp: label,
        ...(channel !== undefined && { channel }),
        // The last hour of a tombstone's target may have begun since the two were read.
        expires: Math.max(expires, hourOf(hlcTime(hlc)) + 1),
      },
      body,
    })
  }

  return {
    async write(drafts, { urgent }) {
      const ids = new Map<Draft, Hex>()
      let isAnnounced = true
      for (const { compartment, run } of runsOf(drafts)) {
        const sent = await send(compartment, run, urgent)
        isAnnounced &&= sent.isAnnounced
        run.forEach((draft, i) => ids.set(draft, sent.ids[i] as Hex))
      }
      return { ids: drafts.map((draft) => ids.get(draft) as Hex), isAnnounced }
    },
  }
}

/** Runs of drafts of one compartment, each small enough for one batch. */
function* runsOf(
  drafts: readonly Draft[],
): Iterable<{ readonly compartment: DataCompartment; readonly run: readonly Draft[] }> {
  for (const [compartment, all] of Map.groupBy(drafts, (draft) => draft.compartment)) {
    let run: Draft[] = []
    let bytes = 0
    for (const draft of all) {
      const size = draft.body.stix?.length ?? 0
      if (run.length > 0 && (run.length === MAX_BATCH_RECORDS || bytes + size > BATCH_BYTES)) {
        yield { compartment, run }
        run = []
        bytes = 0
      }
      run.push(draft)
      bytes += size
    }
    if (run.length > 0) yield { compartment, run }
  }
}
