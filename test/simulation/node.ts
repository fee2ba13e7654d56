import type { ControlObject, DataCompartment } from '@intelmesh/protocol'
import { hourOf } from '../../packages/node/src/admission/index.ts'
import { type Authority, openAuthority } from '../../packages/node/src/authority/index.ts'
import { nativeCrypto } from '../../packages/node/src/crypto/index.ts'
import type { Membership } from '../../packages/node/src/network/index.ts'
import { createMembership } from '../../packages/node/src/trust/index.ts'
import { signerNamed } from '../support/authority/test-aco.ts'
import type { Chance } from './chance.ts'
import { createDisk, type Disk } from './disk.ts'
import type { Member } from './foundation.ts'
import { openParts, type Parts } from './parts.ts'
import type { Owner, Timeline } from './timeline.ts'

/** What a node tells the run of. */
export interface Outlet {
  /** The verdict on something that came to the door. */
  readonly judged: (at: Node, code: string) => void
  /** An own batch that is about to be stored. */
  readonly said: (at: Node, batch: Uint8Array) => void
  /** An own batch that is stored. */
  readonly batch: (from: Node, compartment: DataCompartment, batch: Uint8Array) => void
  /** What the ACO signed. */
  readonly control: (from: Node, objects: readonly ControlObject[]) => void
  /** The standing of members may be another now. */
  readonly changed: (at: Node) => void
  /** So many records were told of as stored. */
  readonly stored: (at: Node, count: number) => void
}

/** One process of a node, from its start to its end. */
export interface Running extends Parts {
  readonly owner: Owner
  readonly membership: Membership
  /** Of the ACO's node alone. */
  readonly authority: Authority | undefined
  /** Whether control was agreed on with a peer, so that data may flow. */
  isReady: boolean
  /** Whether {@link Running.upkeep} would do anything now. */
  isDue(): boolean
  /** What the program does each minute. */
  upkeep(): Promise<void>
}

/** A node of a run: its disk, its clock, and its process while there is one. */
export interface Node {
  readonly name: string
  readonly member: Member
  readonly disk: Disk
  /** Added to the time of the run, in ms. */
  skewMs: number
  readonly running: Running | undefined
  /** Whether a process is on its way up or down: until it is there or gone, no other can have the disk. */
  readonly isBusy: boolean
  readonly now: () => number
  /** Starts a process. @throws StoreError when the disk does not let it */
  start(): Promise<void>
  /** Ends it in order. */
  stop(): Promise<void>
  /** Ends it at once, with the loss of what is not on disk. */
  kill(): void
}

/** What a node is made of besides its member. */
export interface NodeComponents {
  readonly timeline: Timeline
  readonly chance: Chance
  readonly outlet: Outlet
}

export function createNode(member: Member, { timeline, chance, outlet }: NodeComponents): Node {
  const disk = createDisk(member.image, timeline, chance.fork('disk'))
  let owner: Owner = { pausedUntil: 0, isDead: true }
  let running: Running | undefined
  let isBusy = false

  async function open(own: Owner): Promise<Running> {
    const unlessDead =
      <Given extends readonly unknown[]>(tell: (at: Node, ...given: Given) => void) =>
      (...given: Given): void => {
        if (!own.isDead) tell(node, ...given)
      }
    const parts = await openParts(member, disk, {
      timeline,
      chance,
      clock: node.now,
      owner: own,
      judged: unlessDead(outlet.judged),
      said: unlessDead(outlet.said),
      announce(compartment, batch) {
        if (!own.isDead) outlet.batch(node, compartment, batch)
        return true
      },
    })
    const { trust, admission, judging, sweeper } = parts
    const authority =
      member.name === 'aco' ? await openOwnAuthority(parts, unlessDead(outlet.control)) : undefined
    trust.onChange(unlessDead(outlet.changed))
    admission.onStored((records) => {
      if (!own.isDead) outlet.stored(node, records.length)
    })
    let changeAt = trust.nextChange()

    return {
      ...parts,
      owner: own,
      authority,
      membership: createMembership({ trust, crypto: nativeCrypto, clock: node.now, own: parts.own }),
      isReady: authority !== undefined,
      isDue: () => hourOf(node.now()) > sweeper.asOf || (changeAt !== undefined && changeAt <= node.now()),
      async upkeep() {
        await sweeper.sweepTo(hourOf(node.now()))
        const hasEnded = changeAt !== undefined && changeAt <= node.now()
        changeAt = trust.nextChange()
        if (hasEnded) judging.add([...trust.roster.all()].map(({ keyId }) => keyId))
      },
    }
  }

  function openOwnAuthority(
    { store, trust }: Parts,
    told: (objects: readonly ControlObject[]) => void,
  ): Promise<Authority> {
    const random = chance.fork(`authority ${disk.identity.openings}`)
    return openAuthority({
      store,
      operator: signerNamed('operator'),
      clock: node.now,
      random: (length) => random.bytes(length),
      async announce(objects) {
        await trust.adopt(objects)
        told(objects)
      },
      urls: () => ['https://aco.example'],
    })
  }

  const node: Node = {
    name: member.name,
    member,
    disk,
    skewMs: 0,
    get running() {
      return running
    },
    get isBusy() {
      return isBusy
    },
    now: () => Math.floor(timeline.now + node.skewMs),
    async start() {
      const own = { pausedUntil: 0, isDead: false }
      owner = own
      isBusy = true
      try {
        running = await open(own)
      } finally {
        isBusy = false
      }
    },
    async stop() {
      const own = owner
      const ending = running
      running = undefined
      isBusy = true
      try {
        await ending?.[Symbol.asyncDispose]()
      } finally {
        own.isDead = true
        isBusy = false
      }
    },
    kill() {
      owner.isDead = true
      running = undefined
      isBusy = false
      disk.kill()
    },
  }
  return node
}
