import { codeOf } from '@intelmesh/protocol'
import { printable } from '../output/printable.ts'
import { viewNodes } from './convergence.ts'
import { DemoError } from './processes.ts'
import type { StepReport } from './report.ts'
import type { Demo, Finding, Step } from './step.ts'
import { steps } from './steps/index.ts'

/** Shows every step in order. One that does not hold ends the demo only when nothing after it would make sense. */
export async function runSteps(demo: Demo): Promise<readonly StepReport[]> {
  const reports: StepReport[] = []
  for (const [i, step] of steps.entries()) {
    demo.screen.title(`${i + 1}/${steps.length}  ${step.title}`)
    demo.screen.line(step.about)
    demo.screen.line()
    const report = await runStep(demo, step)
    demo.screen.verdict(report.held, report.says)
    reports.push(report)
    if (!report.held && (step.isVital === true || demo.signal.aborted)) break
  }
  return reports
}

async function runStep(demo: Demo, step: Step): Promise<StepReport> {
  const startedAt = performance.now()
  const finding = await step.run(demo).catch((error: unknown) => failed(demo, error))
  const ms = Math.round(performance.now() - startedAt)
  const { name, title } = step
  const nodes = await viewNodes([demo.aco, ...demo.members]).catch(() => [])
  return { name, title, codes: [], measured: {}, details: [], ...finding, ms, nodes }
}

/** What goes wrong at a node or a command is a step that does not hold. Anything else is a fault of the demo itself. */
function failed({ context, signal }: Demo, error: unknown): Finding {
  context.signal.throwIfAborted()
  const cause = signal.reason instanceof DemoError ? signal.reason : error
  const code = codeOf(cause)
  if (code === undefined || !(cause instanceof Error)) throw error
  const says = cause.message.split('\n').map(printable).join('\n')
  return { held: false, says: `${says} (${code})`, codes: [code] }
}
