import type { Hex, Store } from '../store/index.ts'
import { LOST } from './heal.ts'

/** What a healed store still lacks of what the damaged one held. */
export interface Losses {
  /** Records, whoever's, that have not come back. */
  readonly missing: number
  /** Those of this node among them: once it is in sync with its peers, nobody holds them any more. */
  readonly own: readonly Hex[]
}

/** Takes note of what came back, and counts what did not. At most 100,000 are known. */
export async function reviewLosses(
  store: Pick<Store, 'ledgerRows' | 'hasRecords' | 'commit'>,
  node: Hex,
): Promise<Losses> {
  let missing = 0
  const own: Hex[] = []
  let step: (readonly [Hex, unknown])[] = []
  async function review(): Promise<void> {
    const held = await store.hasRecords(step.map(([id]) => id))
    const back = step.filter((_, i) => held[i] === true)
    for (const [id, row] of step.filter((_, i) => held[i] !== true)) {
      missing++
      if ((row as { readonly author: Hex | null }).author === node) own.push(id)
    }
    const ledger = Object.fromEntries(back.map(([id]) => [`${LOST}${id}`, undefined]))
    if (back.length > 0) await store.commit({ ledger }, { sync: false })
    step = []
  }
  for await (const [key, row] of store.ledgerRows(LOST)) {
    step.push([key.slice(LOST.length), row])
    if (step.length >= STEP) await review()
  }
  if (step.length > 0) await review()
  return { missing, own }
}

const STEP = 1_000
