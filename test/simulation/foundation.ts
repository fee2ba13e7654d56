import { type ControlObject, keyIdOf, type Signer, toHex } from '@intelmesh/protocol'
import { initialiseAuthority, openAuthority } from '../../packages/node/src/authority/index.ts'
import { nativeCrypto } from '../../packages/node/src/crypto/index.ts'
import type { Membership } from '../../packages/node/src/joining/index.ts'
import type { Hex } from '../../packages/node/src/store/index.ts'
import {
  kemNamed,
  memberCalled,
  seededRandom,
  signerNamed,
  type TestAco,
} from '../support/authority/test-aco.ts'
import { openMembership } from '../support/authority/test-newcomer.ts'
import { createChance } from './chance.ts'
import { createDisk, type DiskImage } from './disk.ts'
import { emptyImage, openStoreOnDisk } from './open-store.ts'
import { openParts } from './parts.ts'
import type { Timeline } from './timeline.ts'

/** Somebody who may take part: what its home would hold on the first day. */
export interface Member {
  readonly name: string
  readonly signer: Signer
  /** Its node key id. */
  readonly keyId: Hex
  readonly membership: Pick<Membership, 'chain' | 'beacon' | 'statusList'>
  /** Its store, after it has heard all that its ACO said when it joined. */
  readonly image: DiskImage
}

/** An ACO and its members, made once: the signatures of a few hundred seeds would take longer than the seeds. */
export interface Foundation {
  readonly start: number
  readonly aco: Member
  readonly members: readonly Member[]
}

/** ms since the Unix epoch: half past an hour, so that clocks may be wrong by minutes in either direction without it being another hour. */
export const START: number = Date.UTC(2026, 10, 22, 8, 30)
/** Two nodes of one organisation are among them. */
const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'] as const
const SISTER = { name: 'alice the second', of: 'alice' }

/** Makes it. The process has to be taken over. */
export async function createFoundation(timeline: Timeline): Promise<Foundation> {
  const created = await initialiseAuthority({
    root: signerNamed('root'),
    operator: signerNamed('operator'),
    node: signerNamed('aco'),
    kemKey: kemNamed('aco').key,
    name: 'Test ACO',
    cluster: 'finance.eu',
    at: START,
    random: seededRandom('aco'),
  })
  const disk = createDisk(emptyImage('aco'), timeline, createChance('aco'))
  const store = await timeline.until(openStoreOnDisk(disk, { pausedUntil: 0, isDead: false }))
  await timeline.until(store.commit(created.changes, { sync: true }))
  const announced: ControlObject[] = []
  const authority = await openAuthority({
    store,
    operator: signerNamed('operator'),
    clock: () => START,
    random: seededRandom('authority'),
    announce: async (objects) => void announced.push(...objects),
    urls: () => ['https://aco.example'],
  })
  const aco = { authority, now: START } as TestAco
  const memberships = new Map<string, Membership>()
  let organisation = ''
  for (const name of [...NAMES, SISTER.name]) {
    const grant = name === SISTER.name ? memberCalled(SISTER.of, { organisation }) : memberCalled(name)
    const { invite } = await timeline.until(authority.invite(grant))
    const membership = await timeline.until(openMembership(aco, name, invite))
    if (name === SISTER.of) organisation = toHex(membership.chain[0].claims.mesh.organisation)
    memberships.set(name, membership)
  }
  const newest = memberships.get(SISTER.name) as Membership
  const hashes = await store.logHashes(0, store.logSize)

  async function memberOf(name: string, membership: Membership, image: DiskImage): Promise<Member> {
    const signer = signerNamed(name)
    const keyId = toHex(keyIdOf(nativeCrypto, signer.publicKey))
    const chain = membership.chain
    const home = { chain, beacon: newest.beacon, statusList: newest.statusList }
    const own = createDisk(image, timeline, createChance(name))
    const parts = await timeline.until(
      openParts({ name, signer, keyId, membership: home }, own, {
        timeline,
        chance: createChance(name),
        clock: () => START,
        owner: { pausedUntil: 0, isDead: false },
        judged: () => undefined,
        said: () => undefined,
        announce: () => false,
      }),
    )
    await timeline.until(parts.trust.admit(announced, 'file'))
    await timeline.until(parts.trust.extendLog(hashes))
    await timeline.until(parts[Symbol.asyncDispose]())
    return { name, signer, keyId, membership: home, image: own.image() }
  }

  const members: Member[] = []
  for (const [name, membership] of memberships)
    members.push(await memberOf(name, membership, emptyImage(name)))
  await timeline.until(store[Symbol.asyncDispose]())
  const own = { ...newest, chain: members[0]?.membership.chain } as Membership
  return { start: START, aco: await memberOf('aco', own, disk.image()), members }
}
