import type { TlpLabel } from '@intelmesh/protocol'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { seededRandom } from '../../../../test/support/authority/test-aco.ts'
import { LOCAL } from '../caller.ts'
import type { TokenRequest } from '../people-api.ts'
import { knowOwner } from './know-owner.ts'
import { createMemoryStore } from './testing/memory-store.ts'
import { openTokens } from './tokens.ts'
import { openTrail } from './trail.ts'

const DAY_MS = 86_400_000
const START = Date.UTC(2026, 10, 22, 8)

async function open(own: TlpLabel = 'green') {
  const store = createMemoryStore()
  const world = { now: START }
  const clock = (): number => world.now
  const trail = await openTrail({ store, clock })
  const components = { store, trail, clock, random: seededRandom('tokens'), clearance: () => own }
  const reopen = () => openTokens(components)
  return { world, store, trail, tokens: await reopen(), reopen }
}

describe(openTokens, () => {
  it('makes a token that opens what it says, and keeps only its hash', async () => {
    const { tokens, store, trail } = await open()
    const made = await tokens.create({ person: 'Ann Example', scopes: ['publish'], days: 3 }, LOCAL)
    expect(made).toMatchObject({
      person: 'Ann Example',
      scopes: ['read', 'publish'],
      clearance: 'green',
      expires: '2026-11-25T08:00:00.000Z',
      state: 'active',
    })
    expect(made.token).toMatch(new RegExp(`^imt_${made.id}_[A-Za-z0-9_-]{43}$`))
    expect(tokens.authenticate(made.token)).toEqual({
      person: 'Ann Example',
      token: made.id,
      scope: 'publish',
      clearance: 'green',
    })
    const secret = made.token.slice(-43)
    expect(JSON.stringify([...store.rows])).not.toContain(secret)
    expect(JSON.stringify(await trail.list({}))).not.toContain(secret)
    expect(JSON.stringify(tokens.list())).not.toContain(secret)
  })

  it('notes with the token who made it and who revoked it, in one commit', async () => {
    const { tokens, store, trail } = await open()
    const admin = { person: 'Eve', token: 'ee', scope: 'admin' } as const
    const { id } = await tokens.create({ person: 'Ann' }, admin)
    expect(store.commits).toBe(1)
    await tokens.revoke(id, LOCAL)
    await tokens.revoke(id, LOCAL)
    expect((await trail.list({})).map(({ person, token, detail }) => [person, token, detail['did']])).toEqual(
      [
        ['local', undefined, 'revoke'],
        ['Eve', 'ee', 'create'],
      ],
    )
  })

  it('keeps nothing of a token that could not be written', async () => {
    const { tokens, store } = await open()
    store.fault = new Error('full')
    await expect(tokens.create({ person: 'Ann' }, LOCAL)).rejects.toThrow('full')
    expect(tokens.list()).toEqual([])
  })

  it('no longer takes a token that was revoked, even if that could not be written', async () => {
    const { tokens, store } = await open()
    const { id, token } = await tokens.create({ person: 'Ann' }, LOCAL)
    const caller = tokens.authenticate(token)
    if (caller === undefined) throw new TypeError('the token is in force')
    expect(tokens.isLive(caller)).toBe(true)
    store.fault = new Error('full')
    await expect(tokens.revoke(id, LOCAL)).rejects.toThrow('full')
    expect([tokens.authenticate(token), tokens.isLive(caller)]).toEqual([undefined, false])
    expect(tokens.isLive(LOCAL)).toBe(true)
  })

  it('knows after a restart what was made, used and revoked', async () => {
    const { tokens, reopen, world } = await open()
    const first = await tokens.create({ person: 'Ann' }, LOCAL)
    const second = await tokens.create({ person: 'Bob' }, LOCAL)
    await tokens.revoke(first.id, LOCAL)
    world.now += 1000
    tokens.authenticate(second.token)
    await tokens[Symbol.asyncDispose]()
    const again = await reopen()
    expect(again.list()).toEqual(tokens.list())
    expect(again.authenticate(first.token)).toBeUndefined()
    expect(again.authenticate(second.token)?.person).toBe('Bob')
  })

  it('ends a token with its last moment', async () => {
    const { tokens, world } = await open()
    const { token } = await tokens.create({ person: 'Ann', days: 1 }, LOCAL)
    world.now = START + DAY_MS - 1
    expect(tokens.authenticate(token)).toBeDefined()
    world.now = START + DAY_MS
    expect(tokens.authenticate(token)).toBeUndefined()
    expect(tokens.list()[0]?.state).toBe('expired')
  })

  it('writes when a token was used once a minute', async () => {
    const { tokens, store, world } = await open()
    const { token } = await tokens.create({ person: 'Ann' }, LOCAL)
    for (let i = 0; i < 100; i += 1) tokens.authenticate(token)
    await tokens[Symbol.asyncDispose]()
    expect(store.commits).toBe(2)
    world.now += 60_000
    tokens.authenticate(token)
    await tokens[Symbol.asyncDispose]()
    expect(store.commits).toBe(3)
    expect(tokens.list()[0]?.lastUsed).toBe('2026-11-22T08:01:00.000Z')
  })

  it('takes no token but the one that it made', async () => {
    const { tokens } = await open()
    const { token, id } = await tokens.create({ person: 'Ann' }, LOCAL)
    const other = await tokens.create({ person: 'Bob' }, LOCAL)
    const forged = [
      '',
      id,
      token.slice(0, -1),
      `${token}A`,
      ` ${token}`,
      `${token}\n`,
      token.toUpperCase(),
      token.replace('imt', 'IMT'),
      `imt_${id}_${other.token.slice(-43)}`,
      `imt_${'0'.repeat(16)}_${token.slice(-43)}`,
      `imt_${id}_${'A'.repeat(43)}`,
      `imt__proto__________${'A'.repeat(43)}`,
    ]
    for (const text of forged) expect(tokens.authenticate(text), text).toBeUndefined()
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('a', 'B', '0', '_', '-'), (at, letter) => {
        const text = `${token.slice(0, at)}${letter}${token.slice(at + 1)}`
        expect(tokens.authenticate(text) === undefined).toBe(text !== token)
      }),
    )
  })

  test.for<[string, TokenRequest]>([
    ['no name', { person: '' }],
    ['a name of 101 characters', { person: 'x'.repeat(101) }],
    ['a name with a terminal command', { person: 'Ann\u001b[31m' }],
    ['a name of two lines', { person: 'Ann\nlocal' }],
    ['a name that reads backwards', { person: 'Ann \u202enimda' }],
    ['a name with a hidden end', { person: 'Ann\u200b' }],
    ['a name with blanks around it', { person: ' Ann' }],
    ['the name of the owner', { person: 'local' }],
    ['the name of the node in capitals', { person: 'NODE' }],
    ['half a character', { person: 'Ann \ud83d' }],
    ['a clearance above the node', { person: 'Ann', clearance: 'red' }],
    ['an administrator who may not see all', { person: 'Ann', scopes: ['admin'], clearance: 'clear' }],
    ['no scope', { person: 'Ann', scopes: [] }],
    ['no day', { person: 'Ann', days: 0 }],
    ['half a day', { person: 'Ann', days: 0.5 }],
    ['eleven years', { person: 'Ann', days: 4015 }],
  ])('makes none for %s', async ([, request]) => {
    const { tokens, store } = await open()
    await expect(tokens.create(request, LOCAL)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
    expect(store.commits).toBe(0)
  })

  it('clears nobody further than the node', async () => {
    const clearances = async (own: TlpLabel, request: Partial<TokenRequest>) =>
      (await (await open(own)).tokens.create({ person: 'Ann', ...request }, LOCAL)).clearance
    expect(await clearances('clear', {})).toBe('clear')
    expect(await clearances('red', {})).toBe('green')
    expect(await clearances('red', { clearance: 'amber' })).toBe('amber')
    expect(await clearances('amber', { scopes: ['admin'] })).toBe('amber')
  })

  it('keeps a thousand, and forgets those that ended long ago', async () => {
    const { tokens, world } = await open()
    await Promise.all(Array.from({ length: 1000 }, () => tokens.create({ person: 'Ann', days: 1 }, LOCAL)))
    await expect(tokens.create({ person: 'Bob' }, LOCAL)).rejects.toMatchObject({ code: 'TOKEN_LIMIT' })
    world.now += 92 * DAY_MS
    await tokens.create({ person: 'Bob' }, LOCAL)
    expect(tokens.list().map(({ person }) => person)).toEqual(['Bob'])
  })

  it('says that there is no such token', async () => {
    const { tokens } = await open()
    await expect(tokens.revoke('0123456789abcdef', LOCAL)).rejects.toMatchObject({ code: 'TOKEN_NOT_FOUND' })
  })
})

describe(knowOwner, () => {
  it('knows the owner by the token of the home, and others by theirs', async () => {
    const { tokens } = await open()
    const { token, id } = await tokens.create({ person: 'Ann' }, LOCAL)
    const authenticate = knowOwner('x'.repeat(43), tokens)
    expect(authenticate('x'.repeat(43))).toBe(LOCAL)
    expect(authenticate(token)?.token).toBe(id)
    for (const text of ['', 'x', 'x'.repeat(42), 'y'.repeat(43)]) expect(authenticate(text)).toBeUndefined()
  })
})
