import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { simulate } from './simulate.ts'
import type { ViolationCode } from './violation.ts'

const ROOT = join(import.meta.dirname, '../..')
const COPIED = [
  'packages',
  'test/simulation',
  'test/support',
  'test/package.json',
  'test/node_modules',
  'package.json',
]

/** What is planted, by what it may show, and the first seed in which it did. Where it does no longer, all are tried. */
const MUTANTS: [name: string, codes: readonly ViolationCode[], seed: number][] = [
  ['no-dedupe', ['DOUBLED', 'STORE_UNUSABLE', 'ROOT_MISMATCH'], 3],
  ['tree-not-updated-on-expiry', ['ROOT_MISMATCH', 'STORE_UNUSABLE'], 1],
  ['acknowledged-before-sync', ['LOST'], 3],
  ['revoked-author-accepted', ['BEYOND_HEAD'], 116],
  ['tombstone-ignored', ['TAKEN_BACK_HELD'], 1],
]

describe('a planted bug', () => {
  let folder = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mutants-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.for(MUTANTS)('%s is found within 500 seeds', { timeout: 600_000 }, async ([name, codes, seed]) => {
    const copy = join(folder, name)
    await copyTo(copy)
    const patch = join(import.meta.dirname, 'mutants', `${name}.patch`)
    await promisify(execFile)('git', ['apply', '-C1', patch], { cwd: copy })
    const once = await simulate(['--seed', `${seed}`], copy)
    const { violations } =
      once.violations.length > 0 ? once : await simulate(['--seeds', '1..500', '--first'], copy)
    expect(codes).toContain(violations[0]?.code)
  })
})

/** As much of this checkout as the simulation runs on. Links of a workspace lead into the copy, all others to where they led. */
async function copyTo(copy: string): Promise<void> {
  await mkdir(copy)
  for (const name of COPIED)
    await cp(join(ROOT, name), join(copy, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (from) => !LEFT_OUT.has(basename(from)) && !from.endsWith('.test.ts'),
    })
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
}

const LEFT_OUT: ReadonlySet<string> = new Set(['dist', '.bin', '.cache'])
