import { ApiError, type PublishRequest, type PublishResult } from '@intelmesh/node'
import { MeshError } from '@intelmesh/protocol'
import { describe, expect, it, test } from 'vitest'
import { patiently } from './patiently.ts'
import { publishChunks } from './publish-chunks.ts'
import type { PublishItem } from './read-items.ts'

const NOTHING: PublishResult = {
  published: [],
  unchanged: [],
  held: [],
  overridden: [],
  refused: [],
  notices: [],
  isAnnounced: true,
}

function item(number: number): PublishItem {
  return { text: `{"n":${number}}`, where: `f:${number}`, isMarking: false, isValue: true }
}

describe(publishChunks, () => {
  it('reads the next part while one is under way, and sends no more than one', async () => {
    const events: string[] = []
    function* items() {
      for (let number = 0; number < 1_500; number++) {
        if (number % 500 === 499) events.push(`read ${number}`)
        yield item(number)
      }
    }
    let underWay = 0
    const publish = async ({ objects }: PublishRequest) => {
      events.push(`asked ${objects[0]?.where}`)
      expect(++underWay).toBe(1)
      await Promise.resolve()
      underWay -= 1
      return NOTHING
    }
    let results = 0
    for await (const _ of publishChunks({ publish }, items(), { tlp: 'green' })) results += 1
    expect(results).toBe(3)
    expect(events).toEqual(['read 499', 'asked f:0', 'read 999', 'asked f:500', 'read 1499', 'asked f:1000'])
  })

  it('throws what is refused while the next part is read', async () => {
    async function* items() {
      for (let number = 0; number < 900; number++) yield item(number)
      await new Promise((resolve) => setImmediate(resolve))
      yield item(900)
    }
    const publish = () => Promise.reject(new ApiError('ARGUMENT_INVALID', 'no'))
    const all = Array.fromAsync(publishChunks({ publish }, items(), { tlp: 'green' }))
    await expect(all).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
  })
})

describe(patiently, () => {
  function failing(errors: readonly Error[]) {
    const left = [...errors]
    const waits: number[] = []
    const call = () => {
      const error = left.shift()
      return error === undefined ? Promise.resolve('done') : Promise.reject(error)
    }
    const wait = (ms: number, signal: AbortSignal) => {
      waits.push(ms)
      signal.throwIfAborted()
      return Promise.resolve()
    }
    return { call, wait, waits }
  }
  const gone = new ApiError('API_UNREACHABLE', 'gone')
  const busy = Object.assign(new MeshError('API_RATE_LIMITED', 'busy'), { retryAfterMs: 7_000 })
  const { signal } = new AbortController()

  test.for([
    ['a node that starts again', [gone, gone], [250, 500]],
    ['a node that is asked too much, for as long as it says', [busy, busy], [7_000, 7_000]],
  ] as const)('waits for %s', async ([, errors, wanted]) => {
    const { call, wait, waits } = failing(errors)
    expect(await patiently(call, { signal, wait })).toBe('done')
    expect(waits).toEqual(wanted)
  })

  it('waits no longer than a minute at a time, whatever it is told', async () => {
    const forever = Object.assign(new MeshError('API_RATE_LIMITED', 'busy'), { retryAfterMs: 1e12 })
    const { call, wait, waits } = failing([forever])
    await patiently(call, { signal, wait })
    expect(waits).toEqual([60_000])
  })

  it('gives up on a node that stays away, and on what will not get better', async () => {
    const away = failing(Array.from({ length: 9 }, () => gone))
    await expect(patiently(away.call, { signal, wait: away.wait })).rejects.toBe(gone)
    expect(away.waits.length).toBe(6)
    const wrong = new ApiError('ARGUMENT_INVALID', 'no')
    await expect(patiently(failing([wrong]).call, { signal })).rejects.toBe(wrong)
  })

  it('ends with the signal', async () => {
    const { call, wait } = failing([gone])
    await expect(patiently(call, { signal: AbortSignal.abort(), wait })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})
