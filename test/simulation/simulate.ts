import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { SeedsResult } from './run-seeds.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Runs `pnpm simulate` with `--json` in a process of its own, on the checkout at `root`. */
export function simulate(flags: readonly string[], root: string = ROOT): Promise<SeedsResult> {
  const main = join(root, 'test/simulation/main.ts')
  const options = { cwd: root, maxBuffer: 2 ** 26 }
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--conditions=source', main, '--json', ...flags],
      options,
      (_, out, errors) => {
        try {
          resolve(JSON.parse(out) as SeedsResult)
        } catch (cause) {
          reject(new Error(`no result: ${errors.slice(-2_000)}`, { cause }))
        }
      },
    )
  })
}
