import { RENEWAL_GRACE_MS } from '@intelmesh/protocol'
import { declare } from './declare.ts'
import type { Desk } from './desk.ts'
import { readRows } from './register.ts'
import type { SealedBeacon, Transaction } from './transaction.ts'
import type { Member } from './who.ts'

/** How many keys one beat says to have lapsed: the rest waits for the next. */
const MAX_LAPSES = 256

/** Looking for lapsed keys reads the whole register, and an hour is nothing to 30 days. In ms. */
const SWEEP_MS = 3_600_000

/** What makes an ACO's beacons follow each other. */
export interface Heart {
  /**
   * The heartbeat: the next beacon. Ends suspensions whose time has come, and declares keys lapsed whose certificate expired more
   * than 30 days ago.
   *
   * @throws AuthorityError OPERATOR_EXPIRED
   * @see docs/spec/status.md, "Heartbeat"
   */
  beat(): Promise<SealedBeacon>
  /** Says that a suspension was made or changed. */
  heed(): void
}

export function createHeart(desk: Desk): Heart {
  let sweepAt = 0

  return {
    beat: () =>
      desk.transact(async (step) => {
        if (step.at >= sweepAt) sweepAt = await sweep(desk, step)
        return step.seal()
      }),
    heed() {
      sweepAt = 0
    },
  }
}

/** @returns when to look again, in ms since the Unix epoch */
async function sweep(desk: Desk, step: Transaction): Promise<number> {
  const { ended, lapsed, next } = await due(desk, step.at)
  for (const { node, row } of ended) {
    const { until: _, ...kept } = row
    step.put('member', node, { ...kept, standing: 'active' })
    step.setStatus(row.statusIndex, 'valid')
  }
  if (lapsed.length > 0) await lapse(desk, step, lapsed)
  return lapsed.length < MAX_LAPSES ? next : step.at
}

/** The status list stays: an expired certificate needs no entry, and the list must not grow with every node that ever was. */
async function lapse({ store }: Desk, step: Transaction, members: readonly Member[]): Promise<void> {
  const nodes = members.map(({ node }) => node)
  await declare(store, step, { action: 'lapse', reason: 'inactive', nodes, closes: true })
  for (const { node, row } of members) step.put('member', node, { ...row, standing: 'lapsed' })
}

interface Due {
  readonly ended: readonly Member[]
  readonly lapsed: readonly Member[]
  readonly next: number
}

async function due({ store }: Desk, at: number): Promise<Due> {
  const ended: Member[] = []
  const lapsed: Member[] = []
  let next = at + SWEEP_MS
  for await (const [node, row] of readRows(store, 'member')) {
    if (row.standing === 'suspended' && row.until !== undefined) {
      if (row.until <= at) ended.push({ node, row })
      else next = Math.min(next, row.until)
    }
    const hasLapsed = row.standing === 'active' && row.expiresAt + RENEWAL_GRACE_MS < at
    if (hasLapsed && lapsed.length < MAX_LAPSES) lapsed.push({ node, row })
  }
  return { ended, lapsed, next }
}
