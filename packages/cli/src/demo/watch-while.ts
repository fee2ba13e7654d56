/**
 * Does something while something else watches it. When the work fails, the watching ends too.
 *
 * @returns what both gave
 */
export async function watchWhile<Result, Sight>(
  work: Promise<Result>,
  watch: (signal: AbortSignal) => Promise<Sight>,
  signal: AbortSignal,
): Promise<readonly [Result, Sight]> {
  const failing = new AbortController()
  const guarded = work.catch((error: unknown) => {
    failing.abort(error)
    throw error
  })
  return Promise.all([guarded, watch(AbortSignal.any([signal, failing.signal]))])
}
