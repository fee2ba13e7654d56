import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const files = globSync('**/*.ts', { cwd: import.meta.dirname }).filter((path) => !path.endsWith('.test.ts'))

test.for(files)('%s imports nothing of ours', (path) => {
  const text = readFileSync(join(import.meta.dirname, path), 'utf8')
  const imports = [...text.matchAll(/(?:from|import\()\s*'([^']+)'|^import '([^']+)'/gm)].map(
    ([, from, bare]) => from ?? bare ?? '',
  )
  const own = imports.filter((name) => name.startsWith('@intelmesh/') || name.startsWith('..'))
  expect(own).toEqual([])
})

test('there are yardsticks', () => {
  expect(files.length).toBeGreaterThan(0)
})
