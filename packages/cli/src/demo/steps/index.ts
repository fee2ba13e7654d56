import type { Step } from '../step.ts'
import { foundStep } from './found-step.ts'
import { joinStep } from './join-step.ts'
import { lookUpStep } from './look-up-step.ts'
import { publishStep } from './publish-step.ts'
import { returnStep } from './return-step.ts'
import { revokeStep } from './revoke-step.ts'
import { strangerStep } from './stranger-step.ts'
import { takeBackStep } from './take-back-step.ts'

/** Everything that the demo shows, in order. */
export const steps: readonly Step[] = [
  foundStep,
  joinStep,
  publishStep,
  lookUpStep,
  takeBackStep,
  strangerStep,
  revokeStep,
  returnStep,
]
