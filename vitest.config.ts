import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Folders of tests that take long: begun last, they would run alone in the end, with one core idle. */
const LONG = /\/test\/(soak|simulation|bench|e2e|docs)\//

/** Without a cache of earlier runs, vitest takes the largest files for the longest. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    // Hundreds of processes are started: the first leaves its modules compiled to all that follow.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    globalSetup: './test/support/temporary-folder.ts',
    // Processes that tests start mostly wait: with as many workers as there are cores, or half as many again, a small machine is idle for a sixth of the time.
    maxWorkers: '200%',
    sequence: { sequencer: LongFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      // No test of a package changes what its modules share, so that they need be loaded once and not for each file.
      { extends: true, test: { name: 'packages', include: ['packages/*/src/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'whole', include: ['test/**/*.test.ts'] } },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/generated/**', '**/*.test.ts'],
      reporter: ['text-summary'],
    },
  },
})
