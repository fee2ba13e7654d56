import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createFakePublisher } from '../testing/fake-publisher.ts'
import { runTest, type TestWorld } from '../testing/test-context.ts'
import { watchCommand } from './watch.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watch-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const watch = (words: readonly string[], world: TestWorld) =>
  runTest(['watch', folder, '--tlp', 'green', '--feed', 'drop', '--once', '--settle', '0', ...words], world)

describe(watchCommand.name, () => {
  it('publishes into its feed, and says a line a file', async () => {
    const { api, published } = createFakePublisher()
    await writeFile(join(folder, 'a.txt'), 'a.example\nb.example\n')
    await writeFile(join(folder, 'b\u001b[2J.txt'), 'a.example\nhold.example\nno value\n')
    await writeFile(join(folder, 'c.txt'), '')
    const { exit, out, err } = await watch([], { api })
    expect(exit).toBe(4)
    expect(out).toMatchInlineSnapshot(`
      "00:00:00  c.txt: skipped: it is empty (FILE_EMPTY)
      00:00:00  a.txt: 2 new
      00:00:00  b\\u{1b}[2J.txt: 1 unchanged, 1 held back, 1 refused
      00:00:00  2 files: 2 new, 1 unchanged, 1 held back, 1 refused
      "
    `)
    expect(err).toMatchInlineSnapshot(`
      "  b\\u{1b}[2J.txt:2: GATE_WARNING_LIST: hold.example (tranco10k: Top 10K)
        b\\u{1b}[2J.txt:3: INPUT_VALUE_UNRECOGNISED: expected a value of a known form, got "no value"
      "
    `)
    expect(published.map(({ feed }) => feed?.name)).toEqual(['drop', 'drop'])
    expect(new Set(published.map(({ feed }) => feed?.round)).size).toBe(2)
    const again = await watch([], { api })
    expect(again.out.split('\n').length).toBe(3)
    expect(published.length).toBe(2)
  })

  it('prints a JSON document a line', async () => {
    const { api } = createFakePublisher()
    await writeFile(join(folder, 'a.txt'), 'a.example\nhold.example\n')
    const { out } = await watch(['--json'], { api })
    const [file, summary] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(file).toMatchObject({ file: 'a.txt', counts: { new: 1, held: 1 }, held: [{ where: 'a.txt:2' }] })
    expect(summary).toMatchObject({ files: 1, skipped: 0, counts: { new: 1, held: 1 } })
  })

  it('ends cleanly when it is stopped', async () => {
    const { api } = createFakePublisher()
    const words = ['watch', folder, '--tlp', 'green', '--feed', 'drop']
    const { exit, out } = await runTest(words, { api, signal: AbortSignal.abort() })
    expect(exit).toBe(0)
    expect(out).toContain('0 files')
  })

  test.for([
    ['a folder that is not there', ['watch', '/nowhere/at/all', '--tlp', 'green', '--feed', 'x']],
    ['no feed', ['watch', '/', '--tlp', 'green']],
  ] as const)('exits 2 for %s', async ([, argv]) => {
    expect((await runTest(argv, { api: createFakePublisher().api })).exit).toBe(2)
  })

  it.skipIf(process.getuid?.() === 0)('exits 2 for a folder that it cannot write', async () => {
    await chmod(folder, 0o500)
    expect((await watch([], { api: createFakePublisher().api })).exit).toBe(2)
    await chmod(folder, 0o700)
  })
})
