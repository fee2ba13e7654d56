import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConfirmedLines, type LookupHit, MatchError, type Matcher, NodeRefusal } from '@intelmesh/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runTest } from '../testing/test-context.ts'

const HIT = {
  record: 'ab'.repeat(32),
  stixId: 'indicator--1',
  tlp: 'green',
  organisation: { id: '00', name: 'Bank\u001b[31m' },
  confidence: 80,
  isValid: true,
  flags: [{ list: 'tranco', listName: 'Top sites', type: 'domain', value: 'evil.example' }],
} as unknown as LookupHit

const MATCH = {
  line: 3,
  found: { type: 'domain', value: 'www.evil.example' },
  known: { type: 'domain', value: 'evil.example' },
  relation: 'parent-domain',
  hits: [HIT],
} as const

describe('match', () => {
  it('prints a line for each match, and sums up on standard error', async () => {
    const { exit, out, err } = await match([{ matches: [MATCH], lines: 5, cut: 1 }])
    expect(exit).toBe(0)
    expect(out).toBe(
      '3  www.evil.example  is under evil.example  GREEN  Bank\\u{1b}[31m  confidence 80  ! on list tranco: Top sites\n',
    )
    expect(err).toContain('5 lines against 7 known values: 1 match')
    expect(err).toContain('1 line is longer than 1 MiB')
  })

  it('prints one JSON document a line', async () => {
    const { out, err } = await match([{ matches: [MATCH, MATCH], lines: 5, cut: 0 }], ['--json'])
    const documents = out.trimEnd().split('\n')
    expect(documents.map((text) => JSON.parse(text) as unknown)).toEqual([
      expect.objectContaining({
        file: 'stdin',
        line: 3,
        type: 'domain',
        value: 'www.evil.example',
        tlp: 'green',
      }),
      expect.objectContaining({ known: MATCH.known, relation: 'parent-domain', record: HIT.record }),
    ])
    expect(err).toBe('')
  })

  it('exits 3 when nothing matches', async () => {
    expect(await match([{ matches: [], lines: 1, cut: 0 }])).toMatchObject({ exit: 3, out: '' })
  })

  it('says how far a damaged input was read, and exits 4', async () => {
    const fault = new MatchError('INPUT_TRUNCATED', 'the input ends in the middle of its gzip data')
    const { exit, out, err } = await match([{ matches: [MATCH], lines: 5, cut: 0 }, fault])
    expect(exit).toBe(4)
    expect(out).toContain('evil.example')
    expect(err).toContain('stdin: the input ends in the middle of its gzip data: 5 lines could be read')
  })

  it('ends with what the node refuses', async () => {
    const { exit, err } = await match([new NodeRefusal('API_FORBIDDEN', 'this needs the scope read')])
    expect(exit).toBe(4)
    expect(err).toContain('API_FORBIDDEN')
  })

  describe('of files', () => {
    let folder: string
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'match-'))
    })
    afterEach(() => rm(folder, { recursive: true }))

    it('names the file of each match where there are several', async () => {
      const paths = ['a.log', 'b.log'].map((name) => join(folder, name))
      await Promise.all(paths.map((path) => writeFile(path, 'x')))
      const { out, err } = await match([{ matches: [MATCH], lines: 5, cut: 0 }], paths)
      expect(out.split('\n').map((line) => line.split('  ')[0])).toEqual([
        `${paths[0]}:3`,
        `${paths[1]}:3`,
        '',
      ])
      expect(err).toContain('10 lines')
    })

    it.for([[['no.log']], [['-', 'a.log']], [[]]])('takes no %j', async ([names]) => {
      expect((await match([], names?.length === 0 ? [''] : names)).exit).toBe(2)
    })
  })
})

/** Runs the command with a matcher that gives, or throws, what is listed. */
function match(results: readonly (ConfirmedLines | Error)[], args: readonly string[] = []) {
  const matcher: Matcher = {
    values: 7,
    async *match(pieces) {
      await Array.fromAsync(pieces)
      for (const result of results)
        if (result instanceof Error) throw result
        else yield result
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const names = args.some((arg) => !arg.startsWith('--')) ? args : ['-', ...args]
  return runTest(['match', ...names], { api: {}, node: { openMatcher: () => Promise.resolve(matcher) } })
}
