import { decodeSyncMessage, ID_BYTES } from '@intelmesh/protocol'
import { inTurns } from '../in-turns.ts'
import type { Bench, Ground, Pair } from '../row.ts'
import { type ScatteredSets, scatteredSets, sessionOver } from '../scattered-sets.ts'
import { wirePair } from '../wire-pair.ts'
import { hashIds } from '../yardsticks/hash-ids.ts'

const DIFFERING = 1000
const SIZES = { default: 1_000_000, quick: 20_000 } as const

/** Bytes on the stream that it takes to find scattered differences: both ways, until both sides know which records are wanted. */
export const p05: Bench = {
  name: 'P5',
  rows: [
    {
      id: 'P5',
      part: '',
      what: 'reconcile 1,000 scattered differences: bytes on the stream, both ways',
      yardstick: '32 bytes for each',
      unit: 'bytes',
      target: 1.25,
      better: 'lower',
    },
  ],
  sizes: SIZES,
  budgetMinutes: 4,
  open: (ground) =>
    benchOf(ground, async (sets) => ({ ours: await bytesToKnow(sets), yardstick: ID_BYTES * DIFFERING })),
}

/** CPU of the same, of both sides together. */
export const p06: Bench = {
  name: 'P6',
  rows: [
    {
      id: 'P6',
      part: '',
      what: 'reconcile CPU of P5, both sides',
      yardstick: 'one SHA-256 for each id',
      unit: 'ms',
      target: 1,
      better: 'lower',
    },
  ],
  sizes: SIZES,
  budgetMinutes: 4,
  open: (ground) =>
    benchOf(ground, (sets, number) =>
      inTurns({ ours: () => cpuOf(sets), yardstick: () => hashIds(sets.ids) }, number),
    ),
}

async function benchOf(
  { seed, size, progress }: Ground,
  measure: (sets: ScatteredSets, number: number) => Promise<Pair>,
): ReturnType<Bench['open']> {
  progress(`making two sets of ${size} ids`)
  const sets = await scatteredSets(seed, size, DIFFERING)
  // A node keeps its cells while records come in; they are made the first time that a peer asks.
  await sessionOver(wirePair(), sets)
  return {
    run: async (number) => ({ '': await measure(sets, number) }),
    async [Symbol.asyncDispose]() {},
  }
}

/** Bytes until the message that names what is wanted has come, that one included. */
async function bytesToKnow(sets: ScatteredSets): Promise<number> {
  let isKnown = false
  let known = 0
  const pair = wirePair((frame) => {
    if (isKnown && known === 0) known = pair.bytes
    isKnown ||= decodeSyncMessage(frame).type === 'pick'
  })
  await sessionOver(pair, sets)
  return known
}

async function cpuOf(sets: ScatteredSets): Promise<number> {
  const before = process.cpuUsage()
  await sessionOver(wirePair(), sets)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
