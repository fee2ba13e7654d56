import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, test } from 'vitest'
import { allPages, blocksOf, ROOT } from './pages.ts'

const examples = allPages().flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === 'ts')
    .map(({ code }) => [page.path, code] as const),
)

it('finds the example of each package that has one', () => {
  expect(examples.map(([path]) => path)).toEqual(
    ['gate', 'node', 'protocol', 'stix'].map((name) => `packages/${name}/README.md`),
  )
})

test.for(examples)('%s: the example prints what it says', async ([, code]) => {
  const promised = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text)
  expect(promised.length).toBeGreaterThan(0)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=source', '--input-type=module-typescript', '--eval', code],
    { cwd: join(ROOT, 'test'), timeout: 60_000 },
  )
  expect(stdout.trimEnd().split('\n')).toEqual(promised)
})
