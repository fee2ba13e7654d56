import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundle } from '../../tools/bundle.ts'
import { ROOT } from '../../tools/run.ts'

const FOLDER = `node_modules/.cache/bundled-${process.pid}`
const SCRIPT = `${FOLDER}/script.ts`

beforeAll(() => void mkdirSync(join(ROOT, FOLDER), { recursive: true }))
afterAll(() => rmSync(join(ROOT, FOLDER), { recursive: true, force: true }))

it('bundles a script that runs as its sources do, and again once one of them is newer', async () => {
  write('earlier')
  const bundled = await bundle(SCRIPT, `${FOLDER}/out`, [SCRIPT])
  expect(run(bundled)).toBe('earlier')
  const made = statSync(bundled).mtimeMs

  await bundle(SCRIPT, `${FOLDER}/out`, [SCRIPT])
  expect(statSync(bundled).mtimeMs).toBe(made)

  write('later')
  const changedAt = new Date(Date.now() + 1000)
  utimesSync(join(ROOT, SCRIPT), changedAt, changedAt)
  expect(run(await bundle(SCRIPT, `${FOLDER}/out`, [SCRIPT]))).toBe('later')
})

function write(word: string): void {
  const store = join(ROOT, 'packages/node/src/store/open-store.ts')
  // With LevelDB's machine code, which cannot be bundled.
  const text = `import { openStore } from '${store}'\nconst word: string = '${word}'\nif (openStore) process.stdout.write(word)\n`
  writeFileSync(join(ROOT, SCRIPT), text)
}

function run(script: string): string {
  return execFileSync(process.execPath, [script], { encoding: 'utf8' })
}
