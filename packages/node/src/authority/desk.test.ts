import type { ControlObject } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createTestAco,
  seededRandom,
  signerNamed,
  type TestAco,
} from '../../../../test/support/authority/test-aco.ts'
import { codeWhen, enrolled } from '../../../../test/support/authority/test-newcomer.ts'
import type { Store } from '../store/index.ts'
import { openAuthority } from './open-authority.ts'
import { openDesk } from './desk.ts'

let aco: TestAco
beforeEach(async () => {
  aco = await createTestAco()
  await enrolled(aco, 'bob')
})
afterEach(() => aco[Symbol.asyncDispose]())

describe(openDesk, () => {
  it('tells before its next step of one that the disk took, though it had failed', async () => {
    const announced: ControlObject[] = []
    const disk = { fails: true }
    const authority = await openAuthority({
      store: failingAfterwards(aco.store, disk),
      operator: signerNamed('operator'),
      clock: () => aco.now,
      random: seededRandom('desk'),
      announce: async (objects) => void announced.push(...objects),
      urls: () => [],
    })
    const suspended = authority.act({ action: 'suspend', who: 'bob', reason: 'unspecified' })
    expect(await codeWhen(suspended)).toBe('STORE_IO')
    expect(announced).toEqual([])
    await authority.beat()
    expect(announced.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['certificate', 'statement', 'beacon', 'status-list']),
    )
    const once = announced.length
    await authority.beat()
    expect(announced.slice(once).map(({ kind }) => kind)).toEqual(['beacon'])
  })

  it('takes no step from a store that does not know what its disk holds', async () => {
    const certain = (): Promise<void> => Promise.reject(Object.assign(new Error(), { code: 'STORE_FULL' }))
    const desk = await openDesk(
      {
        store: Object.assign(Object.create(aco.store) as Store, { certain }),
        operator: signerNamed('operator'),
        clock: () => aco.now,
        random: seededRandom('desk'),
        announce: async () => undefined,
        urls: () => [],
      },
      {},
    )
    let steps = 0
    expect(await codeWhen(desk.transact(async () => steps++))).toBe('STORE_FULL')
    expect(steps).toBe(0)
  })
})

/** The store on a disk that fails once, after it has taken all of it. */
function failingAfterwards(store: Store, disk: { fails: boolean }): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'commit') return Reflect.get(target, name) as unknown
      return async (...asked: Parameters<Store['commit']>) => {
        await target.commit(...asked)
        if (!disk.fails) return
        disk.fails = false
        throw Object.assign(new Error('the disk fails'), { code: 'STORE_IO' })
      }
    },
  })
}
