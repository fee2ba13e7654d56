import type { Hex } from '../store/index.ts'

/**
 * Counts what each organisation has had, and says whether it may have one more of `most`. Anybody may write any amount about
 * anything: who says much must not drown what others say.
 */
export function shareOfEach(most: number): (organisation: Hex) => boolean {
  const counts = new Map<Hex, number>()
  return (organisation) => {
    const count = (counts.get(organisation) ?? 0) + 1
    counts.set(organisation, count)
    return count <= most
  }
}
