import { SYNC_SETS, type Compartment, type SyncSet } from '@intelmesh/protocol'
import type { FrameChannel } from '../../network/index.ts'
import type { Metrics } from '../../observe/index.ts'
import { initiate, type SessionOutcome } from '../initiate.ts'
import { compartmentOfSet, type SyncComponents } from '../session.ts'
import type { Appointment, VisitEnd } from './agenda.ts'
import type { Slots } from './slots.ts'
import type { Standings } from './standings.ts'
import type { Withheld } from './withheld.ts'

/** What visits work with. */
export interface VisitComponents extends SyncComponents {
  /** Opens a session with a peer. */
  readonly open: (node: string, signal: AbortSignal) => Promise<FrameChannel>
  readonly metrics: Metrics
  readonly standings: Standings
  readonly withheld: Withheld
  /** Places for visits that fetch data. */
  readonly slots: Slots
  /** Told whether control was equal, before any data is asked for. */
  readonly onControl: (node: string, isEqual: boolean) => void
  /** Whether data may flow. */
  readonly isReady: () => boolean
}

/** The sets that decide what the others hold. */
const CONTROL_SETS: readonly SyncSet[] = ['control', 'register']
const DATA_SETS: readonly SyncSet[] = SYNC_SETS.filter((set) => !CONTROL_SETS.includes(set))
/** A set is compared again in the same visit while something comes or goes, so often at most. */
const MAX_REPEATS = 3
/** A peer that takes the connection and answers no stream is given up after this. */
const OPEN_MS = 15_000

/**
 * Compares sets with a peer until both sides agree or nothing moves: control first, then those of the compartments asked for, as soon
 * as there is a place among the visits that fetch data.
 *
 * @throws SyncError, NetworkError
 */
export async function visit(
  components: VisitComponents,
  { node, compartments }: Appointment,
  signal: AbortSignal,
): Promise<VisitEnd> {
  const control = await visitControl(components, node, signal)
  if (!components.isReady()) return control
  const wanted = DATA_SETS.filter((set) => compartments.has(compartmentOfSet(set)))
  if (wanted.length === 0) return control
  let brought = 0
  const onTaken: NonNullable<SyncComponents['onTaken']> = (_, { received }) => void (brought += received)
  const leave = await components.slots.take(signal, () => brought)
  try {
    return worse(control, await reconcileAll({ ...components, onTaken }, node, wanted, signal))
  } finally {
    leave()
  }
}

/** Compares what decides with a peer, and nothing else. @throws SyncError, NetworkError */
export async function visitControl(
  components: VisitComponents,
  node: string,
  signal: AbortSignal,
): Promise<VisitEnd> {
  const control = await reconcileAll(components, node, CONTROL_SETS, signal)
  components.onControl(node, control === 'equal')
  return control
}

async function reconcileAll(
  components: VisitComponents,
  node: string,
  sets: readonly SyncSet[],
  signal: AbortSignal,
): Promise<VisitEnd> {
  let end: VisitEnd = 'equal'
  for (const set of sets)
    if (components.maySee(node, compartmentOfSet(set)))
      end = worse(end, await reconcileUntilEqual(components, node, set, signal))
  return end
}

async function reconcileUntilEqual(
  components: VisitComponents,
  node: string,
  set: SyncSet,
  signal: AbortSignal,
): Promise<VisitEnd> {
  let hasMoved = false
  for (let i = 0; i <= MAX_REPEATS; i++) {
    const { wasEqual, refused, received, sent } = await reconcile(components, node, set, signal)
    if (refused === 'NOT_ENTITLED' || (refused === undefined && wasEqual)) return 'equal'
    const moves = received + sent > 0
    hasMoved ||= moves
    if (refused !== undefined || !moves) break
  }
  return hasMoved ? 'progress' : 'nothing'
}

async function reconcile(
  components: VisitComponents,
  node: string,
  set: SyncSet,
  signal: AbortSignal,
): Promise<SessionOutcome> {
  const { metrics, standings, withheld } = components
  await using channel = await components.open(node, AbortSignal.any([signal, AbortSignal.timeout(OPEN_MS)]))
  standings.comparing(node, set)
  const noted = { ...components, onTaken: noting(components, node) }
  const outcome = await initiate(noted, channel, set).catch((error: unknown) => {
    // A peer that broke the protocol may never close its side, for which an end in good order waits.
    channel.abort()
    throw error
  })
  standings.compared(node, outcome)
  if (withheld.again(node, outcome)) components.onBreach(node, 'SYNC_CLAIMED')
  metrics.syncSession(
    outcome.refused !== undefined ? 'failed' : outcome.wasEqual ? 'equal' : 'mended',
    channel.bytes,
  )
  return outcome
}

/** Sees to it that what a session with a peer brings is counted, whoever leads it and however it ends. */
export function noting(
  { metrics, standings, onTaken }: Pick<VisitComponents, 'metrics' | 'standings' | 'onTaken'>,
  node: string,
): NonNullable<SyncComponents['onTaken']> {
  const note = standings.beginning(node)
  return (set, taken) => {
    note(set, taken)
    onTaken?.(set, taken)
    for (const [code, count] of Object.entries(taken.skipped)) metrics.syncSkipped(set, code, count)
  }
}

const FROM_WORST: readonly VisitEnd[] = ['nothing', 'progress', 'equal']

function worse(a: VisitEnd, b: VisitEnd): VisitEnd {
  return FROM_WORST.indexOf(a) < FROM_WORST.indexOf(b) ? a : b
}

/** Every compartment that has sets. */
export const COMPARTMENTS: readonly Compartment[] = [...new Set(SYNC_SETS.map(compartmentOfSet))]
