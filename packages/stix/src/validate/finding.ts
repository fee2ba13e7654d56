import type { StixErrorCode } from '../errors.ts'

/** One broken rule: where (JSON Pointer), which (section of the standard), and in words. */
export interface Finding {
  readonly path: string
  readonly rule: string
  readonly code: StixErrorCode
  readonly message: string
}

/** Most findings reported for one object. */
const MAX_FINDINGS = 100

/** Collects what is wrong with one object, within bounds. */
export class FindingList {
  readonly #findings: Finding[] = []

  add(code: StixErrorCode, path: string, rule: string, message: string): void {
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push({ path, rule, code, message })
  }

  all(): readonly Finding[] {
    return this.#findings
  }
}
