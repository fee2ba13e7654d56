import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBase64url, toBase64url } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memberCalled } from '../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../test/support/authority/test-newcomer.ts'
import { loadConfig } from './config/index.ts'
import { homePaths } from './home/index.ts'
import { type OpenHome, openHome } from './open-home.ts'
import { type AcoIdentity, createAco, installMembership, requestMembership } from './set-up-home.ts'
import { startNode } from './start-node.ts'
import { indicatorText, requestOf } from './testing/test-objects.ts'

const PLAIN = { settings: {}, protection: { kind: 'plain' } } as const

let folder: string
let aco: AcoIdentity

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intelmesh-homes-'))
  aco = await createAco({ ...PLAIN, home: homeOf('aco'), name: 'Test ACO', cluster: 'finance.eu' })
})

afterEach(() => rm(folder, { recursive: true }))

describe(createAco, () => {
  it('makes a home that opens, is its ACO’s own member, and publishes', async () => {
    await using home = await open('aco')
    expect(await home.api.status()).toMatchObject({
      cluster: 'finance.eu',
      node: aco.node,
      organisation: aco.organisation,
      aco: { fingerprint: aco.fingerprint, isFresh: true },
      log: { state: 'consistent' },
      certificate: { standing: 'good' },
      isRunning: false,
    })
    const { published, isAnnounced } = await home.api.publish(
      requestOf([indicatorText('a')], { allow: ['reserved'] }),
    )
    expect({ count: published.length, isAnnounced }).toEqual({ count: 1, isAnnounced: false })
    expect(home.api.aco).toBeDefined()
  })

  it('takes no home that is somebody’s already, nor one that is in use', async () => {
    const draft = { ...PLAIN, home: homeOf('aco'), name: 'Other', cluster: 'energy.eu' }
    expect(await codeWhen(createAco(draft))).toBe('HOME_EXISTS')
    expect(await codeWhen(requestMembership(draft))).toBe('HOME_EXISTS')
    await using _home = await open('aco')
    expect(await codeWhen(createAco(draft))).toBe('HOME_IN_USE')
    expect(await codeWhen(open('aco'))).toBe('HOME_IN_USE')
  })

  it('puts the root key where it is told to, and works without it', async () => {
    const rootKey = join(folder, 'offline.key')
    const draft = { ...PLAIN, home: homeOf('offline'), name: 'Offline', cluster: 'energy.eu' }
    expect(await createAco({ ...draft, offlineRoot: rootKey })).toMatchObject({ rootKey })
    const { bytes } = await requestMembership({ ...PLAIN, home: homeOf('alice'), name: 'alice' })
    expect(await issuedTo(bytes, 'offline')).not.toHaveLength(0)
  })
})

describe(installMembership, () => {
  it('joins by files, with the key that asked, under the fingerprint that was given', async () => {
    const home = { ...PLAIN, home: homeOf('alice'), name: 'alice' }
    const first = await requestMembership(home)
    const second = await requestMembership(home)
    expect(second.node).toBe(first.node)
    const bytes = await issuedTo(second.bytes)
    const reply = { ...PASSPHRASE, home: homeOf('alice'), bytes }
    expect(await codeWhen(installMembership({ ...reply, fingerprint: '00'.repeat(32) }))).not.toBe('no error')
    expect(await codeWhen(open('alice'))).toBe('HOME_MISSING')
    const membership = await installMembership({ ...reply, fingerprint: aco.fingerprint })
    expect(membership).toMatchObject({
      node: first.node,
      fingerprint: aco.fingerprint,
      organisation: { name: 'alice' },
    })
    await using opened = await open('alice')
    expect(await opened.api.status()).toMatchObject({ certificate: { id: membership.certificate.id } })
    expect(opened.api.aco).toBeUndefined()
  })

  it('wants the key that asked', async () => {
    const { bytes } = await requestMembership({ ...PLAIN, home: homeOf('alice'), name: 'alice' })
    const reply = { ...PASSPHRASE, bytes: await issuedTo(bytes), fingerprint: aco.fingerprint }
    expect(await codeWhen(installMembership({ ...reply, home: homeOf('empty') }))).toBe('KEY_MISSING')
    await requestMembership({ ...PLAIN, home: homeOf('bob'), name: 'bob' })
    expect(await codeWhen(installMembership({ ...reply, home: homeOf('bob') }))).not.toBe('no error')
  })
})

describe('a home that is no member’s', () => {
  it('neither opens nor starts', async () => {
    await requestMembership({ ...PLAIN, home: homeOf('alice'), name: 'alice' })
    for (const name of ['none', 'alice'])
      for (const attempt of [openHome, startNode])
        expect(await codeWhen(attempt(accessTo(name)))).toBe('HOME_MISSING')
  })

  it('does not open when its membership cannot be read, and is free again afterwards', async () => {
    await writeFile(homePaths(homeOf('aco')).certificates, 'broken')
    for (const attempt of [openHome, startNode])
      expect(await codeWhen(attempt(accessTo('aco')))).toBe('HOME_DAMAGED')
  })
})

const PASSPHRASE = { passphrase: () => Promise.reject(new TypeError('no passphrase is asked for')) }

function homeOf(name: string): string {
  return join(folder, name)
}

function accessTo(name: string): Parameters<typeof openHome>[0] {
  return { ...PASSPHRASE, home: homeOf(name), config: loadConfig({ environment: {} }) }
}

function open(name: string): Promise<OpenHome> {
  return openHome(accessTo(name))
}

/** The reply file that an ACO gives to a request file. */
async function issuedTo(request: Uint8Array, name = 'aco'): Promise<Uint8Array> {
  await using home = await open(name)
  const issued = await home.api.aco?.issue({ request: toBase64url(request), grant: memberCalled('alice') })
  return fromBase64url(issued?.reply ?? '')
}
