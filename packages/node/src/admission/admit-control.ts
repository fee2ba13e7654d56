import { CONTACT, type ControlObject, parseSign1, toHex } from '@intelmesh/protocol'
import type { ControlVerdict, Trust } from '../trust/index.ts'
import { createQuota, type Quota } from './quota.ts'
import { nameOf, type Source } from './verdict.ts'

/** Lets control objects in: what they say is for {@link Trust} to judge, and how many of them for this door. */
export type AdmitControl = (
  objects: readonly ControlObject[],
  source: Source,
) => Promise<readonly ControlVerdict[]>

/**
 * What one member may have this node check: a renewal of every certificate of a large cluster at once, and then more than any
 * ACO says.
 */
const RATES = { burstBytes: 4 * 1024 * 1024, bytesPerSecond: 16 * 1024 }
const OUT: ControlVerdict = { action: 'ignore', code: 'QUOTA' }

/** @param clock ms since the Unix epoch */
export function createControlDoor(trust: Pick<Trust, 'admit'>, clock: () => number): AdmitControl {
  const quota = createQuota(RATES)
  return async (objects, source) => {
    if (source.kind !== 'peer') return trust.admit(objects, nameOf(source))
    const sender = `sender ${source.node}`
    const taken = objects.filter((object) => mayAsk(quota, sender, object, clock()))
    const verdicts = await trust.admit(taken, source.node)
    const byObject = new Map(taken.map((object, i) => [object, verdicts[i] as ControlVerdict]))
    for (const [object, { action }] of byObject)
      if (action === 'accept') settle(quota, sender, object, clock())
    return objects.map((object) => byObject.get(object) ?? OUT)
  }
}

/** [IGNORE] The sender pays beforehand, and who is said to have made it is not beyond what it may make. */
function mayAsk(quota: Quota, sender: string, object: ControlObject, nowMs: number): boolean {
  const author = authorOf(object)
  if (author !== undefined && !quota.has(author, object.bytes.length, nowMs)) return false
  return quota.take(sender, object.bytes.length, nowMs)
}

/** Who passed on what others should have gets its bytes back; what a member made itself, that member pays. */
function settle(quota: Quota, sender: string, object: ControlObject, nowMs: number): void {
  quota.give(sender, object.bytes.length)
  const author = authorOf(object)
  if (author !== undefined) quota.take(author, object.bytes.length, nowMs)
}

/** The member that made an object, as the object says; none where the ACO makes it. */
function authorOf({ kind, bytes }: ControlObject): string | undefined {
  if (kind !== 'contact') return undefined
  try {
    return `author ${toHex(parseSign1(CONTACT, bytes).claims.node)}`
  } catch {
    return undefined
  }
}
