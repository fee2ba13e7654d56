import { type Crypto, headerHash, type ParsedHeader, toHex } from '@intelmesh/protocol'
import type { Hex, Store } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'
import type { Accounts, Outcome } from './accounts.ts'
import type { ChainEnds } from './chain-ends.ts'
import { gather } from './gather.ts'
import { AdmissionError, judgeHeader, type JudgedHeader } from './judge-header.ts'
import type { Source } from './verdict.ts'

/** What headers are judged once with. */
export interface OnceComponents {
  readonly store: Pick<Store, 'hasHeaders'>
  readonly trust: Trust
  readonly crypto: Crypto
  /** ms since the Unix epoch. */
  readonly clock: () => number
  readonly accounts: Accounts
  readonly ends: Pick<ChainEnds, 'isBeyond'>
}

/** A header that came, in whatever form. */
export interface Coming {
  readonly source: Source
  readonly header: ParsedHeader
  /** Length of all that came with it. */
  readonly bytes: number
  /** A batch, of which no second copy is judged while one is on its way to the disk. */
  readonly isWhole: boolean
  /** Whether nothing of it could be new. @default whether the header is held */
  readonly isDuplicate?: (hash: Hex) => Promise<boolean>
}

/** A header that was judged, in view of what is held. */
export interface JudgedOnce extends JudgedHeader {
  /** Whether its chain is closed, and it was not held: older headers may be linked to a head of it now. */
  readonly fillsGap: boolean
}

/**
 * Judges a header, and then what stands under it, unless nothing of it could be new; and sees to it that the right one pays.
 *
 * @throws MeshError with the code of the rule that failed
 */
export type JudgeOnce = <Admitted extends { readonly stored: Promise<readonly Hex[]> }>(
  coming: Coming,
  under: (judged: JudgedOnce) => Promise<Admitted>,
) => Promise<Admitted>

export function createJudgeOnce(components: OnceComponents): JudgeOnce {
  const { store, trust, crypto, clock, accounts, ends } = components
  /** Headers of batches that are judged or written now. */
  const pending = new Set<Hex>()
  const isHeaderHeld = gather((headers: readonly Hex[]) => store.hasHeaders(headers))

  /** Whether a header is here already. Of what goes on from the end of its chain that is known without reading. */
  async function isKnown({ header, node, hash }: JudgedHeader): Promise<boolean> {
    const { chain, seq } = header.claims
    return !ends.isBeyond({ author: node, chain: toHex(chain), seq }) && isHeaderHeld(hash)
  }

  return async ({ source, header, bytes, isWhole, isDuplicate = isHeaderHeld }, under) => {
    const hash = toHex(headerHash(crypto, header.bytes))
    const isPending = (): boolean => isWhole && pending.has(hash)
    // [IGNORE] It is not held yet, a batch with the ids of all its leaves, and no copy of the batch is on its way to the disk.
    if (isPending() || (await isDuplicate(hash)) || isPending())
      throw new AdmissionError('DUPLICATE', 'it is held already')
    if (isWhole) pending.add(hash)
    let settle = (_outcome: Outcome): void => undefined
    const conclude = (outcome: Outcome): void => {
      if (isWhole) pending.delete(hash)
      settle(outcome)
    }
    try {
      const judged = await judgeHeader(header, hash, { trust, crypto, nowMs: clock() })
      settle = accounts.chargeAuthor(source, judged.node, bytes)
      const { isClosed } = judged
      const wasKnown = (isClosed || source.kind === 'peer') && (await isKnown(judged))
      const admitted = await under({ ...judged, fillsGap: isClosed && !wasKnown })
      void outcomeOf(admitted.stored, wasKnown).then(conclude)
      return admitted
    } catch (error) {
      conclude('nothing')
      throw error
    }
  }
}

async function outcomeOf(stored: Promise<readonly Hex[]>, wasKnown: boolean): Promise<Outcome> {
  try {
    return (await stored).length > 0 || !wasKnown ? 'new' : 'nothing'
  } catch {
    return 'fault'
  }
}
