import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeOf } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './config/index.ts'
import { openHome } from './open-home.ts'
import { renewOperator } from './renew-operator.ts'
import { createAco } from './set-up-home.ts'

const DAY_MS = 86_400_000

let folder: string
let home: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intelmesh-operator-'))
  home = join(folder, 'aco')
  await createAco({ home, name: 'ACO', cluster: 'finance.eu', settings: {}, protection: { kind: 'plain' } })
})
afterEach(() => rm(folder, { recursive: true }))

describe(renewOperator, () => {
  it('gives the operator another certificate, under which the ACO goes on', async () => {
    const { expires } = await renewOperator(renewal(400))
    expect(Math.round((Date.parse(expires) - Date.now()) / DAY_MS)).toBe(400)
    await using opened = await openHome(renewal(0))
    expect(await opened.api.aco?.list()).toHaveLength(1)
    const checks = await opened.api.doctor()
    expect(checks.filter(({ state }) => state === 'failed')).toEqual([])
  })

  it('wants the key of the root, and no other', async () => {
    const other = { ...renewal(400), rootKey: join(home, 'operator.key') }
    expect(await renewOperator(other).catch(codeOf)).toBe('AUTHORITY_MISMATCH')
    const none = { ...renewal(400), rootKey: join(folder, 'none') }
    expect(await renewOperator(none).catch(codeOf)).toBe('KEY_MISSING')
  })

  it('wants the home of an ACO, which nobody else has open', async () => {
    {
      await using _opened = await openHome(renewal(0))
      expect(await renewOperator(renewal(400)).catch(codeOf)).toBe('HOME_IN_USE')
    }
    await rm(join(home, 'operator.key'))
    expect(await renewOperator(renewal(400)).catch(codeOf)).toBe('NOT_AN_ACO')
  })
})

function renewal(days: number) {
  const passphrase = () => Promise.resolve(new Uint8Array())
  const config = loadConfig({ environment: {}, flags: {} })
  return { home, config, passphrase, rootKey: join(home, 'root.key'), rootPassphrase: passphrase, days }
}
