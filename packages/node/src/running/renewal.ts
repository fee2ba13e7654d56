import { randomBytes } from 'node:crypto'
import { encodeReply, type EnrolmentReply, fromHex } from '@intelmesh/protocol'
import { writePrivateFile } from '../home/index.ts'
import { type Membership, renew, renewAt } from '../joining/index.ts'
import { createKemKey } from '../keys/index.ts'
import type { Core } from './core.ts'
import { writeKemKey } from './kem-file.ts'
import type { Mesh } from './mesh.ts'

const RETRY_MS = 5 * 60_000
const TIMEOUT_MS = 60_000
const nextTry = new WeakMap<Core, number>()

/** Renews the own certificate once half of its life is over; tries again every five minutes while that fails. */
export async function renewIfDue(core: Core, mesh: Mesh): Promise<void> {
  const { claims } = core.own().certificate
  const half = (claims.notBefore + (claims.expiresAt - claims.notBefore) / 2) * 1000
  if (core.clock() < half || (nextTry.get(core) ?? 0) > core.clock()) return
  nextTry.set(core, core.clock() + RETRY_MS)
  const membership = await renewNow(core)
  await keepMembership(core, membership)
  await mesh.announceContact()
  nextTry.delete(core)
}

async function renewNow(core: Core): Promise<Membership> {
  const kem = createKemKey((length) => new Uint8Array(randomBytes(length)))
  await writeKemKey(core.options.paths, kem)
  const newcomer = {
    signer: core.signer,
    kemKey: kem.key,
    clock: core.clock,
    aco: fromHex(core.trust.aco),
    certificate: core.own().certificate.bytes,
  }
  if (core.authority !== undefined) {
    const authority = await core.authority()
    return renewAt(newcomer, {
      nonce: async () => authority.renewalNonce(),
      renew: (renewal, certificate) => authority.renew(renewal, certificate),
    })
  }
  return renew({ ...newcomer, fetch, urls: core.urls }, AbortSignal.timeout(TIMEOUT_MS))
}

/** Keeps what a renewal brought: in the store, and in the file that the home is opened by. */
async function keepMembership(core: Core, membership: Membership): Promise<void> {
  const chain = membership.chain.map(({ bytes }) => bytes)
  await core.trust.admit(
    [
      ...chain.slice(0, 2).map((bytes) => ({ kind: 'certificate' as const, bytes })),
      { kind: 'beacon', bytes: membership.beacon.bytes },
      { kind: 'status-list', bytes: membership.statusList },
    ],
    'self',
  )
  await writePrivateFile(core.options.paths.certificates, encodeReply(replyOf(membership)))
}

/** A membership as the file of a home holds it. */
export function replyOf({ chain, proof, beacon, statusList, contacts, urls }: Membership): EnrolmentReply {
  return {
    chain: chain.map(({ bytes }) => bytes),
    ...(proof && { proof }),
    beacon: beacon.bytes,
    statusList,
    contacts,
    urls,
  }
}
