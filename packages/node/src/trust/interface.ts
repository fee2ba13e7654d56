import type {
  Beacon,
  ChainHead,
  Checkpoint,
  ControlObject,
  EnrolmentReply,
  Standing,
  Verified,
} from '@intelmesh/protocol'
import type { Hex } from '../store/index.ts'
import type { KeyStatus } from './closures.ts'
import type { Lines } from './lines.ts'
import type { LogState } from './log-copy.ts'
import type { KnownCertificate, Roster } from './roster.ts'

/** What became of a control object: kept and worth passing on, already held or outdated, or refused. */
export type ControlVerdict =
  | { readonly action: 'accept'; readonly code: 'ACCEPTED' }
  | { readonly action: 'ignore' | 'reject'; readonly code: string }

/** A change that others act on. */
export interface TrustChange {
  /** Node keys whose standing or closure may be another now. */
  readonly nodes: readonly Hex[]
  /** True when a beacon came: freshness, and what a listener may see of it, are another now. */
  readonly isBeacon: boolean
}

/**
 * What this node knows of its ACO: certificates, statements, the newest beacon, the log, and where nodes are. Everything in it
 * was verified up to the one root that the node was joined under.
 */
export interface Trust {
  readonly roster: Roster
  /** Key id of the root. */
  readonly aco: Hex
  readonly cluster: string
  readonly beacon: Verified<Beacon> | undefined
  readonly statusList: Uint8Array | undefined
  /** Whether the newest beacon is within its nextUpdate. */
  isFresh(): boolean
  /** How far the newest beacon's life is spent: 0 new, 1 stale. */
  staleness(): number
  standing(node: Hex): Standing
  keyStatus(node: Hex): KeyStatus
  /** The highest number of a statement about a key; 0 where there is none. */
  newestStatement(node: Hex): number
  /** Every head that closes a chain now. */
  closedHeads(): readonly ChainHead[]
  /** What hangs below heads. */
  readonly lines: Lines
  /** When a suspension next ends by itself, ms. */
  nextChange(): number | undefined
  /**
   * Judges and keeps control objects; those accepted are on disk when it returns. Never throws on their bytes. `proven` has the ids of
   * certificates whose inclusion in the log the caller has checked, for a node that does not hold the log yet.
   */
  admit(
    objects: readonly ControlObject[],
    from: string,
    proven?: ReadonlySet<Hex>,
  ): Promise<readonly ControlVerdict[]>
  /** Takes over what the own ACO's part of this process has committed itself. */
  adopt(objects: readonly ControlObject[]): Promise<void>
  /** Takes log hashes that a peer gave, if they lead to the newest checkpoint. */
  extendLog(hashes: readonly Uint8Array[]): Promise<boolean>
  readonly log: {
    readonly size: number
    readonly root: Uint8Array
    readonly state: LogState
    readonly checkpoint: Checkpoint | undefined
  }
  proofOf(known: KnownCertificate): Promise<EnrolmentReply['proof']>
  isLogged(known: KnownCertificate): Promise<boolean>
  /** Multiaddrs of the other nodes in good standing, by node key id. */
  contacts(): ReadonlyMap<Hex, readonly string[]>
  /** Those of them that pass bytes on for nodes that cannot be reached. */
  relays(): ReadonlyMap<Hex, readonly string[]>
  onChange(listener: (change: TrustChange) => void): void
  /** Set once something in a later version than this one has been met. */
  upgradeNeeded: boolean
}
