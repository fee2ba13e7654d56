import { type ChainHead, toHex, utf8Bytes } from '@intelmesh/protocol'
import type { Hex } from '../store/index.ts'
import { bringBack, type BroughtBack } from './bring-back.ts'
import { type MayGoOn, shelve, type ShelfComponents } from './shelve.ts'

/** How many records were moved, and how many stay on the shelf only because they are dated ahead of the clock. */
export interface Reconsidered extends Pick<BroughtBack, 'returned' | 'early'> {
  readonly shelved: number
}

/** Why a key is judged again, and for how long. */
export interface ReconsiderOptions {
  /** Whether a gap in its closed chains may have been filled since it was judged to the end. @default true */
  readonly mayBeLinked?: boolean
  /** Asked for each head, and for each record or some of them. What is left as it is begins anew the next time. */
  readonly mayGoOn?: MayGoOn
}

type Heads = ReadonlyMap<Hex, readonly ChainHead[]> | undefined

const NOTHING: Reconsidered = { shelved: 0, returned: 0, early: 0 }

/**
 * Judges the records of a key again after its ACO has said something about it. What no longer hangs below a closing head goes
 * onto the shelf; what does again, after a reinstatement or a later head, comes back through the door. A key that was judged to the
 * end is not judged again before something is said of it, or a gap in its closed chains is filled.
 */
export async function reconsider(
  components: ShelfComponents,
  node: Hex,
  { mayBeLinked = true, mayGoOn = async () => true }: ReconsiderOptions = {},
): Promise<Reconsidered> {
  const { store, trust, admission } = components
  const before = saidOf(components, node)
  // What was judged before the ACO said so is stored by now, and what comes from here on is judged by it.
  await admission.settled()
  await store.certain()
  const said = saidOf(components, node)
  const { heads } = trust.keyStatus(node)
  const noted = (await store.ledger(judgedKey(node))) as string | undefined
  // Something may be on its way to the disk yet that was judged before the ACO said so just now: the next time settles that.
  const isSettled = before === said
  const wasShelved = isSettled && noted?.startsWith(said) === true
  const wasFinal = wasShelved && noted !== said
  if (wasFinal && !mayBeLinked) return NOTHING
  const held = await heldOf(components, heads, mayGoOn)
  if (held === undefined || (wasFinal && noted === said + held)) return NOTHING
  const note = (ledger: string | undefined): Promise<void> =>
    store.commit({ ledger: { [judgedKey(node)]: ledger } }, { sync: false })
  // What is not true any more would be believed when the same is said again.
  if (noted !== undefined && !wasShelved) await note(undefined)

  // While the same is said, nothing that hung below the heads ceases to.
  const { shelved, isWhole } =
    heads === undefined || wasShelved
      ? { shelved: 0, isWhole: true }
      : await shelve(components, node, heads, mayGoOn)
  if (!isWhole) return { ...NOTHING, shelved }
  const below = wasFinal ? heads : undefined
  const { left, ...back } = await bringBack(components, node, { below, mayGoOn })
  const isFinal = left === 'final' || (left === 'none' && heads !== undefined)
  const judged = isFinal ? said + held : heads && said
  if (isSettled && judged !== undefined && judged !== noted) await note(judged)
  return { shelved, ...back }
}

/**
 * `judged/<node>`: a hash of what was said of a key when all that was to be laid aside had been; and one of where its closed chains were held
 * to, once all that was to come back had. A key without closed chains has both, or none.
 */
function judgedKey(node: Hex): string {
  return `judged/${node}`
}

/** A hash of what the ACO has said of a key. */
function saidOf({ trust, hasher }: ShelfComponents, node: Hex): Hex {
  const { heads } = trust.keyStatus(node)
  return hashOf(hasher, [trust.newestStatement(node), trust.standing(node), hashOfHeads(hasher, heads)])
}

/** Very many heads may close the chains of a key, and they are the same until something else is said of it. */
const hashes = new WeakMap<NonNullable<Heads>, Hex>()

function hashOfHeads(hasher: ShelfComponents['hasher'], heads: Heads): Hex {
  if (heads === undefined) return ''
  const known = hashes.get(heads)
  if (known !== undefined) return known
  const hash = hashOf(
    hasher,
    [...heads.values()]
      .flat()
      .map((head) => toHex(head.hash))
      .toSorted(),
  )
  hashes.set(heads, hash)
  return hash
}

/** A hash of where closed chains are held to; `undefined` when it is not to go on. */
async function heldOf(
  { trust, hasher }: ShelfComponents,
  heads: Heads,
  mayGoOn: MayGoOn,
): Promise<Hex | undefined> {
  const gaps: string[] = []
  for (const head of [...(heads?.values() ?? [])].flat()) {
    if (!(await mayGoOn())) return undefined
    gaps.push(`${toHex(head.hash)} ${(await trust.lines.gapBelow(head))?.hash ?? ''}`)
  }
  return hashOf(hasher, gaps.toSorted())
}

function hashOf(hasher: ShelfComponents['hasher'], words: readonly unknown[]): Hex {
  return toHex(hasher.sha256(utf8Bytes(words.join('\n'))))
}
