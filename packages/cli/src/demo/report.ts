import type { NodeView } from './convergence.ts'
import type { Finding } from './step.ts'

/** What came of one step. */
export interface StepReport extends Required<Finding> {
  readonly name: string
  readonly title: string
  readonly ms: number
  /** Every node that ran when the step was over. */
  readonly nodes: readonly NodeView[]
}

/** What came of the demo: the document of `--json`. */
export interface DemoReport {
  readonly seed: string
  readonly cluster: string
  readonly held: boolean
  readonly ms: number
  /** Where the homes were, or still are. */
  readonly folder: string
  readonly steps: readonly StepReport[]
}
