import { setImmediate as nextTurn } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { formatIp, networkOf, type Observable } from '@intelmesh/stix'
import { describe, expect, it } from 'vitest'
import { inflated } from './inflated.ts'
import type { LineMatch, MatchedLines } from './line-matcher.ts'
import { matchLines } from './match-lines.ts'
import { createTaskTaker } from './match-tasks.ts'
import { type MatchThread, startMatchThread, type ThreadTask } from './match-thread.ts'
import { filterOf } from './testing/filter-of.ts'
import type { ValueFilter } from './value-filter.ts'

const KNOWN: readonly Observable[] = [
  { type: 'domain', value: 'evil.example' },
  { type: 'ipv4', value: '198.51.100.7' },
]
const LOG = 'nothing here\nGET evil.example\r\n\n{"ip":"198.51.100.7"}\nlast,www.evil.example'
/** All of 1.1.1.1: a line of it matches 32 times. */
const NETWORKS: readonly Observable[] = Array.from({ length: 32 }, (_, length) => {
  const known = formatIp(networkOf([1, 1, 1, 1], length))
  return { type: 'cidr', value: `${known}/${length}` }
})
const NEVER = new AbortController().signal

describe(matchLines, () => {
  it('finds the same wherever the text is cut, and whether it is compressed', async () => {
    const expected = { found: ['2 evil.example', '4 198.51.100.7', '5 www.evil.example'], lines: 5, cut: 0 }
    for (const bytes of [Buffer.from(LOG), gzipSync(LOG), zstdCompressSync(LOG)])
      for (const size of [1, 7, 31, 1000])
        expect(await matched(inflated(inPieces(bytes, size), NEVER))).toEqual(expected)
  })

  it('reads on where one compressed file follows another', async () => {
    for (const bytes of [gzipSync(`${LOG}\n`), zstdCompressSync(`${LOG}\n`)]) {
      const twice = Buffer.concat([bytes, bytes])
      for (const size of [1, 10, bytes.length, 1000])
        expect(await matched(inflated(inPieces(twice, size), NEVER))).toMatchObject({ lines: 10 })
    }
  })

  it('finds in any number of threads what one finds, in the order of the text, wherever it is cut', async () => {
    const filter = await filterOf([...KNOWN, ...NETWORKS])
    const one = threadsHere(filter, 1)
    const line = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.constantFrom('', 'nothing', 'a.evil.example b.evil.example', '198.51.100.7\r'),
      },
      { weight: 2, arbitrary: fc.constantFrom('1.1.1.1', '1.1.1.1\n'.repeat(150)) },
      { weight: 1, arbitrary: fc.constant(`evil.example ${'x'.repeat(1024 * 1024)} 198.51.100.7`) },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 12 }),
        fc.array(fc.nat(1000), { maxLength: 20 }),
        fc.constantFrom((plain: Uint8Array) => plain, gzipSync, zstdCompressSync),
        fc.integer({ min: 1, max: 3 }),
        fc.infiniteStream(fc.nat(3)),
        async (lines, cuts, packed, count, turns) => {
          const text = Buffer.from(lines.join('\n'))
          const bytes = packed(text)
          const places = cuts.map((cut) => Math.round((cut * bytes.length) / 1000)).toSorted((a, b) => a - b)
          const pieces = (async function* () {
            for (const [i, place] of [...places, bytes.length].entries())
              yield bytes.subarray(places[i - 1] ?? 0, place)
          })()
          const threads = threadsHere(filter, count).map((thread) => late(thread, turns))
          const found = await matched(inflated(pieces, NEVER), threads)
          expect(found).toEqual(await matched(inPieces(text, text.length + 1), one))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('does so in threads of their own', async () => {
    await using stack = new AsyncDisposableStack()
    const threads = [stack.use(startMatchThread()), stack.use(startMatchThread())]
    const filter = await filterOf(KNOWN)
    for (const thread of threads) thread.load(filter)
    for (let i = 0; i < 2; i++) {
      const run = matchLines(threads, inPieces(Buffer.from(LOG), 9), NEVER)
      const found = (await Array.fromAsync(run)).flatMap(({ matches }) => matches)
      expect(found.map(({ line }) => line)).toEqual([2, 4, 5])
    }
  })

  it('gives what short lines match in portions, all of it and in order', async () => {
    const [lines, size] = [3_000, 8_192]
    await using thread = startMatchThread()
    const filter = await filterOf(NETWORKS)
    thread.load(filter)
    for (const threads of [[thread], threadsHere(filter, 2)]) {
      const found: LineMatch[] = []
      const text = inPieces(Buffer.from('1.1.1.1\n'.repeat(lines)), size)
      for await (const { matches } of matchLines(threads, text, NEVER)) {
        expect(matches.length).toBeLessThan(2_000 + 256)
        found.push(...matches)
      }
      expect(found.map(({ line }) => line)).toEqual(
        Array.from({ length: 32 * lines }, (_, i) => 1 + Math.floor(i / 32)),
      )
    }
  })

  it('gives what comes at once, and waits for more', async () => {
    const more = Promise.withResolvers<void>()
    const slow = (async function* () {
      yield Buffer.from('evil.example\n')
      await more.promise
      yield Buffer.from('198.51.100.7\n')
    })()
    const results = matching(slow, await filterOf(KNOWN))[Symbol.asyncIterator]()
    expect((await results.next()).value?.matches).toHaveLength(1)
    more.resolve()
    expect((await results.next()).value?.matches).toHaveLength(1)
  })

  it('holds no more than some tasks, however long the oldest takes', async () => {
    const asked: PromiseWithResolvers<MatchedLines>[] = []
    const ask = (): Promise<MatchedLines> => {
      const answer = Promise.withResolvers<MatchedLines>()
      asked.push(answer)
      return answer.promise
    }
    const ending = new AbortController()
    const stuck = { push: ask, more: ask, end: ask }
    const run = Array.fromAsync(matchLines([stuck, stuck], endless('x\ny'), ending.signal))
    for (let turn = 0; turn < 100; turn++) await nextTurn()
    expect(asked.length).toBeGreaterThanOrEqual(8)
    expect(asked.length).toBeLessThan(10)
    ending.abort()
    for (const { resolve } of asked) resolve({ matches: [], lines: 1, cut: 0, hasMore: false })
    await expect(run).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('fails where a thread does, and gives what came before, and nothing behind it', async () => {
    const ended = (): Promise<MatchedLines> => {
      const answer = Promise.reject(new Error('ended'))
      answer.catch(() => undefined)
      return answer
    }
    const threads = [...threadsHere(await filterOf(KNOWN), 1), { push: ended, more: ended, end: ended }]
    const found: LineMatch[] = []
    const run = (async () => {
      const pieces = inPieces(Buffer.from('evil.example\n'.repeat(3)), 13)
      for await (const { matches } of matchLines(threads, pieces, NEVER)) found.push(...matches)
    })()
    await expect(run).rejects.toThrow('ended')
    expect(found.map(({ line }) => line)).toEqual([1])
  })

  it('cuts lines that are longer than a line may be, counts them, and goes on', async () => {
    const long = Buffer.alloc(1_500_000, 'x')
    const text = Buffer.concat([
      Buffer.from('evil.example '),
      long,
      Buffer.from(' 198.51.100.7\nevil.example\n'),
    ])
    const expected = { found: ['1 evil.example', '2 evil.example'], lines: 2, cut: 1 }
    expect(await matched(inPieces(text, 65_536))).toEqual(expected)
    expect(await matched(inPieces(text, 10_000_000))).toEqual(expected)
  })

  it('takes NUL bytes and bytes that are no UTF-8', async () => {
    const odd = Buffer.concat([
      Buffer.from([0, 0xff, 0xfe, 0xc3]),
      Buffer.from('\0evil.example\0'),
      Buffer.from([0x80]),
    ])
    expect(await matched(inPieces(odd, 3))).toMatchObject({ found: ['1 evil.example'] })
  })

  it('streams what inflates to very much more than it is', async () => {
    const zeros = Buffer.alloc(64 * 1024 * 1024)
    for (const bomb of [gzipSync(zeros), zstdCompressSync(zeros)]) {
      expect(bomb.length).toBeLessThan(100_000)
      expect(await matched(inflated(inPieces(bomb, 65_536), NEVER))).toMatchObject({ found: [], cut: 1 })
    }
  })

  it('gives all that came before the input failed', async () => {
    const whole = gzipSync(`${LOG}\n`.repeat(100), { level: 0 })
    const cut = matching(inflated(inPieces(whole.subarray(0, 2000), 100), NEVER), await filterOf(KNOWN))
    const found: LineMatch[] = []
    await expect(
      (async () => {
        for await (const { matches } of cut) found.push(...matches)
      })(),
    ).rejects.toMatchObject({ code: 'INPUT_TRUNCATED' })
    expect(found.length).toBeGreaterThan(10)
  })

  it.for([
    ['INPUT_COMPRESSION', 'BZh91AY'],
    ['INPUT_COMPRESSION', 'PK\u0003\u0004abc'],
    ['INPUT_COMPRESSION', '\u001f\u008b\u0008\u0000 not that, however far it goes'],
    ['INPUT_TRUNCATED', '\u001f\u008b'],
  ] as const)('throws %s on %j', async ([code, text]) => {
    const bytes = Buffer.from(text, 'latin1')
    await expect(matched(inflated(inPieces(bytes, 100), NEVER))).rejects.toMatchObject({ code })
  })

  it('ends when it is told to', async () => {
    const ending = new AbortController()
    const text = endless('evil.example\n')
    const run = (async () => {
      for await (const { lines } of matchLines(threadsHere(await filterOf(KNOWN), 2), text, ending.signal))
        if (lines > 10) ending.abort()
    })()
    await expect(run).rejects.toMatchObject({ name: 'AbortError' })
  })
})

type Threads = Parameters<typeof matchLines>[0]

function threadsHere(filter: ValueFilter, count: number): Threads {
  return Array.from({ length: count }, () => threadHere(filter))
}

/** What a thread does, without one: threads take long to start. */
function threadHere(filter: ValueFilter): Pick<MatchThread, 'push' | 'more' | 'end'> {
  const waiting: PromiseWithResolvers<MatchedLines>[] = []
  const take = createTaskTaker((lines) => waiting.shift()?.resolve(lines))
  take({ do: 'load', filter })
  const ask = (task: ThreadTask, isNext = false): Promise<MatchedLines> => {
    const answer = Promise.withResolvers<MatchedLines>()
    waiting.splice(isNext ? 0 : waiting.length, 0, answer)
    take(task)
    return answer.promise
  }
  return {
    push: (piece) => ask({ do: 'push', piece }),
    more: () => ask({ do: 'more' }, true),
    end: () => ask({ do: 'end' }),
  }
}

/** A thread that takes so many turns of the loop for each answer. */
function late(thread: Threads[number], turns: Iterator<number>): Threads[number] {
  const after = async (answer: Promise<MatchedLines>): Promise<MatchedLines> => {
    for (let turn = turns.next().value as number; turn > 0; turn--) await nextTurn()
    return answer
  }
  return {
    push: (piece) => after(thread.push(piece)),
    more: () => after(thread.more()),
    end: () => after(thread.end()),
  }
}

async function* endless(text: string): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.from(text)
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function matching(pieces: AsyncIterable<Uint8Array>, filter: ValueFilter): ReturnType<typeof matchLines> {
  return matchLines(threadsHere(filter, 2), pieces, NEVER)
}

async function matched(pieces: AsyncIterable<Uint8Array>, threads?: Threads) {
  const found: string[] = []
  let result = { lines: 0, cut: 0 }
  const used = threads ?? threadsHere(await filterOf(KNOWN), 2)
  for await (const { matches, lines, cut } of matchLines(used, pieces, NEVER)) {
    found.push(...matches.map((match) => `${match.line} ${match.found.value}`))
    result = { lines, cut }
  }
  return { found, ...result }
}
