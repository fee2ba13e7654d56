import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ROOT, run } from './run.ts'

/** One thing that is checked before the tests. */
interface Step {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  /** A file without which there is nothing to check. */
  readonly needs?: string
}

/** What the tests came to. */
interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** What is read of vitest's report. */
interface TestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/** Cheapest first, so that a mistake shows within seconds. The layers are rules of the linter. */
const STEPS: readonly Step[] = [
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'lint and layers', command: ['oxlint', '--deny-warnings'] },
  { name: 'types', command: ['tsc', '--build'] },
  {
    name: 'generated files',
    command: ['node', '--conditions=source', 'tools/generate.ts', '--check'],
    needs: 'tools/generate.ts',
  },
  { name: 'unused code', command: ['knip'] },
]

const TEST_REPORT = join(ROOT, 'node_modules/.cache/tests.json')
/** A test that hangs must not take the tally with it. */
const TESTS_TIMEOUT_MS = 14.4 * 60_000

const tally = (await runSteps()) ? await runTests() : { passed: 0, failed: 1, skipped: 0 }
process.exitCode = tally.failed === 0 ? 0 : 1
console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`)

/** Whether all steps passed; stops at the first that does not and prints what it said. */
async function runSteps(): Promise<boolean> {
  for (const { name, command, needs } of STEPS) {
    if (needs !== undefined && !existsSync(join(ROOT, needs))) continue
    const startedAt = performance.now()
    const { passed, output } = await run(command)
    console.log(`${passed ? 'ok' : 'FAILED'}  ${name} (${seconds(startedAt)})`)
    if (passed) continue
    console.log(output)
    return false
  }
  return true
}

async function runTests(): Promise<Tally> {
  rmSync(TEST_REPORT, { force: true })
  const startedAt = performance.now()
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${TEST_REPORT}`]
  const { passed } = await run(['vitest', 'run', ...reporters], {
    live: true,
    signal: AbortSignal.timeout(TESTS_TIMEOUT_MS),
  })
  console.log(`${passed ? 'ok' : 'FAILED'}  tests (${seconds(startedAt)})`)
  const counted = readReport()
  for (const name of counted.names) console.log(`failed  ${name}`)
  // A file that does not load, or an error outside every test, fails the run without failing a test.
  return { ...counted, failed: passed ? counted.failed : Math.max(counted.failed, 1) }
}

/** What the tests came to, and which of them failed, each with the first line of what it said. */
function readReport(): Tally & { readonly names: readonly string[] } {
  if (!existsSync(TEST_REPORT)) return { passed: 0, failed: 1, skipped: 0, names: [] }
  const report = JSON.parse(readFileSync(TEST_REPORT, 'utf8')) as TestReport
  const failed = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages: [message = ''] }) =>
        [relative(ROOT, name), fullName, message.split('\n', 1)[0]].join(': '),
      ),
  )
  const skipped = report.numPendingTests + report.numTodoTests
  return { passed: report.numPassedTests, failed: report.numFailedTests, skipped, names: failed }
}

function seconds(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
}
