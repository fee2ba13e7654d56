import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
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
const TESTS_TIMEOUT_MS = 14 * 60_000

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
  const counted = readTally()
  // A file that does not load, or an error outside every test, fails the run without failing a test.
  return { ...counted, failed: passed ? counted.failed : Math.max(counted.failed, 1) }
}

function readTally(): Tally {
  if (!existsSync(TEST_REPORT)) return { passed: 0, failed: 1, skipped: 0 }
  const report = JSON.parse(readFileSync(TEST_REPORT, 'utf8')) as Readonly<Record<string, number>>
  return {
    passed: report['numPassedTests'] ?? 0,
    failed: report['numFailedTests'] ?? 0,
    skipped: (report['numPendingTests'] ?? 0) + (report['numTodoTests'] ?? 0),
  }
}

function seconds(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
}
