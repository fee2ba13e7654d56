import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, test } from 'vitest'
import { defineCommand } from '../command.ts'
import { commands } from '../commands/index.ts'
import { manPages } from './man-pages.ts'

const PACKAGE = new URL('../../', import.meta.url).pathname
const { version, directories, files } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
  readonly version: string
  readonly directories: { readonly man: string }
  readonly files: readonly string[]
}
const pages = manPages(commands, version)

describe(manPages, () => {
  test.for(pages.map(({ file, text }) => [file, text] as const))(
    'gives what packages/cli/man/%s holds; vitest --update writes it anew',
    async ([file, text]) => {
      await expect(text).toMatchFileSnapshot(join(PACKAGE, 'man', file))
    },
  )

  it('has a page for each command and no other', () => {
    const folder = join(PACKAGE, directories.man)
    expect(readdirSync(folder).toSorted()).toEqual(pages.map(({ file }) => file).toSorted())
    expect(files).toContain('man')
  })

  it.skipIf(!isHere('groff'))('gives pages that groff takes without a warning', async () => {
    const paths = pages.map(({ file }) => join(PACKAGE, 'man', file))
    const { stdout, stderr } = await promisify(execFile)('groff', ['-man', '-Tutf8', '-ww', '-P-c', ...paths])
    expect(stderr).toBe('')
    for (const { file } of pages) expect(stdout).toContain(file.slice(0, -2))
  })

  it.skipIf(!isHere('groff'))('shows text as it is, whatever roff would make of it', async () => {
    const text = String.raw`.SH 'a' "b" \fBc ~d ^e …`
    const page = manPages([defineCommand({ ...DRAFT, about: [text, "'begins"] })], '1')[1]?.text ?? ''
    const shown = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-c'], { input: page, encoding: 'utf8' })
    expect(shown.stderr).toBe('')
    expect(shown.stdout).toContain(text)
    expect(shown.stdout).toContain("'begins")
  })
})

const DRAFT = {
  name: 'draft',
  summary: 'be an example',
  args: [],
  options: {},
  examples: [],
  run: () => Promise.resolve({}),
}

function isHere(tool: string): boolean {
  const found = spawnSync(tool, ['--version']).status === 0
  if (!found) console.warn(`SKIPPED: there is no ${tool} on this machine`)
  return found
}
