import type { Crypto, DataCompartment, Signer } from '@intelmesh/protocol'
import type { Gate } from '@intelmesh/gate'
import type { Admission } from '../admission/index.ts'
import type { Hex, Store } from '../store/index.ts'
import type { KnownCertificate, Trust } from '../trust/index.ts'
import type { ChainWriter } from './chain-writer.ts'

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
  readonly gate: Gate
  /** Values and gate lists that the configuration lets through. */
  readonly allow: () => readonly string[]
}

/** What each verb of a publisher works on. */
export interface PublishingParts extends PublisherComponents {
  readonly writer: ChainWriter
  /** Id of the own organisation. */
  readonly organisation: () => Hex
}

/** Why one thing is not done, for the person who asked for it. `path` is a JSON Pointer. */
export interface Refusal {
  readonly code: string
  readonly path: string
  readonly reason: string
}
