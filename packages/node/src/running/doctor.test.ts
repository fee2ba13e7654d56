import { tmpdir } from 'node:os'
import type { Standing } from '@intelmesh/protocol'
import { describe, expect, it, test } from 'vitest'
import type { Diagnosis } from '../api.ts'
import { createHealth, type StoreHealth } from '../care/index.ts'
import type { Core } from './core.ts'
import { diagnose } from './doctor.ts'
import type { Mesh } from './mesh.ts'

const NOW = Date.UTC(2026, 10, 22)
const DAY = 86_400
const DAY_MS = DAY * 1000

/** What differs from a home in which all is well. */
interface Ailment {
  readonly standing?: Standing
  /** Days for which the own certificate holds, of 14. */
  readonly daysLeft?: number
  /** Of the newest beacon, in ms from now; `null` for none. */
  readonly beaconAt?: number | null
  readonly staleness?: number
  readonly log?: 'consistent' | 'behind' | 'inconsistent'
  readonly upgradeNeeded?: boolean
  /** Of an ACO's operator. */
  readonly operatorDays?: number
  readonly contacts?: number
  readonly listen?: readonly string[]
  readonly health?: Partial<StoreHealth>
}

function coreWith(ailment: Ailment): Core {
  const { beaconAt = -1000, daysLeft = 10, contacts = 3, operatorDays } = ailment
  const expiresAt = NOW / 1000 + daysLeft * DAY
  const operatorEnd = NOW / 1000 + (operatorDays ?? 0) * DAY
  const claims = { expiresAt, notBefore: expiresAt - 14 * DAY, mesh: { issuer: new Uint8Array(32) } }
  const core = {
    clock: () => NOW,
    urls: ['https://aco.example'],
    health: { ...createHealth(), ...ailment.health },
    own: () => ({ keyId: 'own', certificate: { claims } }),
    options: {
      paths: { home: tmpdir() },
      config: { network: { listen: ailment.listen ?? ['/ip4/0.0.0.0/tcp/0'] } },
    },
    authority: operatorDays === undefined ? undefined : {},
    trust: {
      roster: { ofKey: () => [{ certificate: { claims: { expiresAt: operatorEnd } } }] },
      standing: () => ailment.standing ?? 'good',
      staleness: () => ailment.staleness ?? 0,
      beacon:
        beaconAt === null
          ? undefined
          : { claims: { at: NOW + beaconAt, number: 7, nextUpdate: NOW + beaconAt + 3 * DAY_MS } },
      log: { size: 9, state: ailment.log ?? 'consistent' },
      upgradeNeeded: ailment.upgradeNeeded ?? false,
      contacts: () => new Map(Array.from({ length: contacts }, (_, i) => [String(i), []])),
    },
  }
  return core as unknown as Core
}

function meshWith(
  peers: number,
  refusals: readonly string[] = [],
  addresses: readonly string[] = ['/ip4/192.0.2.1/tcp/4650'],
): Mesh {
  const mesh = {
    network: { peers: () => Array.from({ length: peers }, () => ({})), addresses },
    scheduler: { isInSync: false },
    refusals: new Map(refusals.map((code, i) => [String(i), code])),
  }
  return mesh as unknown as Mesh
}

async function checkOf(check: string, core: Core, mesh?: Mesh): Promise<Diagnosis | undefined> {
  return (await diagnose(core, mesh)).find((each) => each.check === check)
}

describe(diagnose, () => {
  it('finds nothing wrong where all is well, and looks at no mesh where there is none', async () => {
    const found = await diagnose(coreWith({}), undefined)
    const ofHome = found.filter(({ check }) => check !== 'disk' && check !== 'ports')
    expect(ofHome.map(({ check, state }) => `${check} ${state}`)).toEqual([
      'clock ok',
      'certificate ok',
      'freshness ok',
      'log ok',
      'store ok',
      'version ok',
    ])
    for (const { state, remedy } of found) if (state === 'ok') expect(remedy).toBeUndefined()
  })

  test.each<readonly [string, string, Ailment]>([
    ['clock', 'ok', { beaconAt: 5 * 60_000 }],
    ['clock', 'failed', { beaconAt: 5 * 60_000 + 1 }],
    ['certificate', 'failed', { standing: 'expired', daysLeft: -1 }],
    ['certificate', 'failed', { standing: 'revoked' }],
    ['certificate', 'failed', { standing: 'suspended' }],
    ['certificate', 'failed', { standing: 'unknown' }],
    ['certificate', 'ok', { daysLeft: 3.5 }],
    ['certificate', 'warning', { daysLeft: 3.4 }],
    ['freshness', 'ok', { staleness: 0.49 }],
    ['freshness', 'warning', { staleness: 0.5 }],
    ['freshness', 'failed', { staleness: 1 }],
    ['freshness', 'failed', { beaconAt: null, staleness: 1 }],
    ['log', 'warning', { log: 'behind' }],
    ['log', 'failed', { log: 'inconsistent' }],
    ['version', 'warning', { upgradeNeeded: true }],
    ['store', 'failed', { health: { damage: 'a record is not as it was written' } }],
    ['store', 'warning', { health: { losses: { missing: 3, own: ['ab'] } } }],
    ['store', 'warning', { health: { forgotten: 7 } }],
    ['operator', 'ok', { operatorDays: 61 }],
    ['operator', 'warning', { operatorDays: 60 }],
    ['operator', 'failed', { operatorDays: 0 }],
  ])('%s %s: %j', async (check, state, ailment) => {
    const found = await checkOf(check, coreWith(ailment))
    expect(found?.state).toBe(state)
    expect(found?.remedy === undefined).toBe(state === 'ok')
  })

  it('names own records that nobody holds once the node is in sync', async () => {
    const core = coreWith({ health: { losses: { missing: 1, own: ['ab'] } } })
    const mesh = Object.assign(meshWith(1), { scheduler: { isInSync: true } })
    expect(await checkOf('store', core, mesh)).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('ab'),
    })
  })

  it('says nothing of a clock that there is nothing to compare with', async () => {
    expect(await checkOf('clock', coreWith({ beaconAt: null }))).toBeUndefined()
    expect(await checkOf('operator', coreWith({}))).toBeUndefined()
    expect(await checkOf('peers', coreWith({}))).toBeUndefined()
  })

  test.each<readonly [string, number, number, readonly string[]]>([
    ['ok', 2, 3, []],
    ['ok', 0, 1, []],
    ['failed', 0, 3, []],
    ['failed', 0, 3, ['CERT_REVOKED']],
    ['ok', 1, 3, ['CERT_REVOKED']],
  ])('peers %s: %i connected of %i known, refusals %j', async (state, connected, contacts, refusals) => {
    const found = await checkOf('peers', coreWith({ contacts }), meshWith(connected, refusals))
    expect(found?.state).toBe(state)
    if (state === 'failed' && refusals[0] !== undefined) expect(found?.detail).toContain(refusals[0])
  })

  test.each<readonly [string, readonly string[], readonly string[] | undefined]>([
    ['ok', ['/ip4/127.0.0.1/tcp/1', '/ip4/192.0.2.1/tcp/1'], undefined],
    ['ok', ['/dns/node.example/tcp/1'], undefined],
    ['ok', [], []],
    ['warning', ['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1'], undefined],
  ])('ports %s: %j', async (state, addresses, listen) => {
    const found = await checkOf('ports', coreWith(listen ? { listen } : {}), meshWith(1, [], addresses))
    expect(found?.state).toBe(state)
    expect((await checkOf('ports', coreWith({})))?.state).toBe('warning')
  })
})
