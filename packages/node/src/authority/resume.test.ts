import { BEACON, parseSign1, sealSign1 } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, signerNamed, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen, enrolled } from '../../../../test/support/authority/test-newcomer.ts'
import { STATE_KEY } from './register.ts'
import { resumeAuthority } from './resume.ts'

const HEARD = { isLatest: false }

let aco: TestAco
beforeEach(async () => {
  aco = await createTestAco()
  await enrolled(aco, 'bob')
})
afterEach(() => aco[Symbol.asyncDispose]())

describe(resumeAuthority, () => {
  it('goes on above every beacon, once one was heard that follows on the register', async () => {
    const before = await aco.store.ledger(STATE_KEY)
    const { number } = await aco.authority.beat()
    await setBack(before)
    expect(await codeWhen(aco.authority.beat())).toBe('AUTHORITY_BEHIND')
    const resumed = await resumeAuthority(aco.store, HEARD)
    expect(resumed).toBeGreaterThan(number)
    await aco.restart()
    expect((await aco.authority.beat()).number).toBe(resumed + 1)
    await enrolled(aco, 'alice')
  })

  it('does not go on while nobody has shown how far it had come', async () => {
    expect(await codeWhen(resumeAuthority(aco.store, HEARD))).toBe('AUTHORITY_BEHIND')
    expect(await resumeAuthority(aco.store, { isLatest: true })).toBeGreaterThan(0)
  })

  it('does not go on when it had certified somebody since', async () => {
    const before = await aco.store.ledger(STATE_KEY)
    await enrolled(aco, 'alice')
    await setBack(before)
    for (const isLatest of [true, false])
      expect(await codeWhen(resumeAuthority(aco.store, { isLatest }))).toBe('AUTHORITY_BEHIND')
  })

  it('does not go on when it had suspended somebody since', async () => {
    const before = await aco.store.ledger(STATE_KEY)
    await aco.authority.act({ action: 'suspend', who: 'bob', reason: 'unspecified' })
    await setBack(before)
    expect(await codeWhen(resumeAuthority(aco.store, HEARD))).toBe('AUTHORITY_BEHIND')
  })

  it.each(['listHash', 'statements', 'checkpoint'] as const)(
    'looks at the %s of the beacon',
    async (name) => {
      const row = await aco.store.control('beacon')
      const { claims } = parseSign1(BEACON, row?.bytes ?? new Uint8Array(0))
      const other = {
        listHash: new Uint8Array(32),
        statements: claims.statements + 1,
        checkpoint: { size: claims.checkpoint.size, root: new Uint8Array(32) },
      }
      const forged = { ...claims, number: claims.number + 1, [name]: other[name] }
      const bytes = await sealSign1(BEACON, forged, signerNamed('operator'))
      await aco.store.commit({ control: [{ key: 'beacon', kind: 'beacon', bytes }] }, { sync: false })
      expect(await codeWhen(resumeAuthority(aco.store, HEARD))).toBe('AUTHORITY_BEHIND')
    },
  )

  it('needs a register', async () => {
    await setBack(undefined)
    expect(await codeWhen(resumeAuthority(aco.store, HEARD))).toBe('AUTHORITY_MISSING')
  })
})

async function setBack(state: unknown): Promise<void> {
  await aco.store.commit({ ledger: { [STATE_KEY]: state } }, { sync: true })
}
