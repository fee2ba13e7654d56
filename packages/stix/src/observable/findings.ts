import type { Extraction, Observable, Unindexed, UnindexedReason } from './observable.ts'

/** Most values one object puts into the index: a flood in one object must not become a flood of keys. */
export const MAX_OBSERVABLES = 1024
/** Most remarks about values that are not indexed. */
const MAX_REMARKS = 64

/** Collects distinct observables in order of appearance, within bounds. */
export class Findings {
  readonly #observables = new Map<string, Observable>()
  readonly #unindexed: Unindexed[] = []

  /** Adds an observable; undefined means that the value at `path` has no normal form. */
  add(observable: Observable | undefined, path: string): void {
    if (observable === undefined) return this.skip(path, 'value')
    const key = `${observable.type} ${observable.value}`
    if (this.#observables.has(key)) return
    if (this.#observables.size >= MAX_OBSERVABLES) return this.skip(path, 'too-many')
    this.#observables.set(key, observable)
  }

  skip(path: string, reason: UnindexedReason): void {
    const last = this.#unindexed.at(-1)
    if (last?.path === path && last.reason === reason) return
    if (this.#unindexed.length < MAX_REMARKS) this.#unindexed.push({ path, reason })
  }

  extraction(): Extraction {
    return { observables: [...this.#observables.values()], unindexed: this.#unindexed }
  }
}
