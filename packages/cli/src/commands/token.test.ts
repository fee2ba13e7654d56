import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError, type AuditEntry, type NodeApi, type TokenView } from '@intelmesh/node'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { connect } from '../connect.ts'
import { runTest, type TestWorld } from '../testing/test-context.ts'
import { auditCommands } from './audit/index.ts'
import { tokenCommands } from './token/index.ts'

const ann: TokenView = {
  id: '0123456789abcdef',
  person: 'Ann',
  scopes: ['read', 'publish'],
  clearance: 'green',
  created: '2030-01-01T00:00:00.000Z',
  expires: '2030-04-01T00:00:00.000Z',
  state: 'active',
}
const token = `imt_${ann.id}_${'x'.repeat(43)}`
const head = 'ab'.repeat(32)

describe(tokenCommands.name, () => {
  it('prints the token once and alone, so that it can go into a file', async () => {
    const asked: unknown[] = []
    const createToken: NodeApi['createToken'] = async (request) => {
      asked.push(request)
      return { ...ann, token }
    }
    const line = ['token', 'create', '--person', 'Ann', '--scope', 'read,publish', '--days', '90']
    const { exit, out, err } = await runTest(line, { api: { createToken } })
    expect([exit, out]).toEqual([0, `${token}\n`])
    expect(asked).toEqual([{ person: 'Ann', scopes: ['read', 'publish'], days: 90 }])
    expect(err).not.toContain(token)
    const json = await runTest([...line, '--json'], { api: { createToken } })
    expect([JSON.parse(json.out).token, json.err]).toEqual([token, ''])
  })

  it('makes none for a scope that there is not, or for nobody', async () => {
    expect((await runTest(['token', 'create', '--person', 'Ann', '--scope', 'king'])).exit).toBe(2)
    expect((await runTest(['token', 'create'])).exit).toBe(2)
  })

  it('lists tokens, with no command for the terminal in a name', async () => {
    const tokens = async (): Promise<readonly TokenView[]> => [
      { ...ann, person: 'A\u001b[31mnn', lastUsed: '2030-01-02T03:04:05.000Z' },
      { ...ann, id: 'fedcba9876543210', state: 'revoked' },
    ]
    expect((await runTest(['token', 'list'], { api: { tokens } })).out).toMatchInlineSnapshot(`
      "ID                PERSON         SCOPE    TLP    STATE    EXPIRES     LAST USED
      0123456789abcdef  A\\u{1b}[31mnn  publish  GREEN  active   2030-04-01  2030-01-02 03:04
      fedcba9876543210  Ann            publish  GREEN  revoked  2030-04-01  never
      "
    `)
    expect((await runTest(['token', 'list'], { api: { tokens: async () => [] } })).out).toBe(
      'there are no tokens\n',
    )
  })

  it('revokes by id, and says that there is none', async () => {
    const revokeToken: NodeApi['revokeToken'] = async (id) => {
      if (id !== ann.id) throw new ApiError('TOKEN_NOT_FOUND', 'no')
      return { ...ann, state: 'revoked' }
    }
    expect((await runTest(['token', 'revoke', ann.id], { api: { revokeToken } })).exit).toBe(0)
    expect((await runTest(['token', 'revoke', 'x'], { api: { revokeToken } })).exit).toBe(3)
  })
})

describe(auditCommands.name, () => {
  it('lists what was noted', async () => {
    const entry: AuditEntry = {
      number: 7,
      at: '2030-01-01T10:20:30.000Z',
      person: 'Ann',
      token: ann.id,
      action: 'publish',
      detail: { tlp: 'green', published: 2, records: ['aa', 'bb'] },
      hash: head,
    }
    const refused: AuditEntry = { ...entry, number: 6, action: 'refused', detail: { from: '\u001b]0;x' } }
    const filters: unknown[] = []
    const audit: NodeApi['audit'] = async (filter) => {
      filters.push(filter)
      return [entry, refused]
    }
    const { out } = await runTest(['audit', 'list', '--action', 'publish', '--limit', '2'], {
      api: { audit },
    })
    expect(out).toMatchInlineSnapshot(`
      "NUMBER  AT                PERSON  TOKEN             ACTION   DETAIL
      7       2030-01-01 10:20  Ann     0123456789abcdef  publish  tlp=green published=2 records=aa,bb
      6       2030-01-01 10:20  Ann     0123456789abcdef  refused  from=\\u{1b}]0;x
      "
    `)
    expect(filters).toEqual([{ action: 'publish', limit: 2 }])
  })

  test.for([
    [{ isIntact: true, entries: 3, head }, 0],
    [{ isIntact: true, entries: 3, head, headAt: 2 }, 0],
    [{ isIntact: false, entries: 3, head }, 1],
    [{ isIntact: false, entries: 3, head, brokenAt: 2 }, 1],
  ] as const)('ends %j with %i', async ([verdict, exit]) => {
    const api = { verifyAudit: async () => verdict }
    const ran = await runTest(['audit', 'verify', '--head', head], { api })
    expect(ran.exit).toBe(exit)
    expect(ran.out.startsWith(verdict.isIntact ? 'intact' : 'broken')).toBe(true)
  })

  it('takes no head that is none', async () => {
    expect((await runTest(['audit', 'verify', '--head', 'xyz'])).exit).toBe(2)
  })
})

describe(connect, () => {
  let folder: string
  let file: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'token-'))
    file = join(folder, 'token')
    await writeFile(file, `${token}\n`)
  })
  afterAll(() => rm(folder, { recursive: true }))

  /** Which address is asked with which token; `home` for a home that was opened. */
  async function asked(argv: readonly string[], world: TestWorld = {}) {
    const seen: unknown[] = []
    const api = { tokens: async () => [] } as unknown as NodeApi
    const { exit } = await runTest(['token', 'list', ...argv], {
      ...world,
      node: {
        createApiClient: ({ apiAddress, token: shown }) => {
          seen.push(apiAddress, shown)
          return api
        },
        findOwner: async (_paths, shown = 'own') =>
          world.isRunning === true ? { pid: 1, apiAddress: 'http://home', token: shown } : undefined,
        openHome: async () => {
          seen.push('home')
          return { api, [Symbol.asyncDispose]: () => Promise.resolve() }
        },
      },
    })
    return [exit, ...seen]
  }

  it('asks the node at an address with a token from a file or the environment', async () => {
    const url = 'https://node.example:8443'
    expect(await asked(['--api', url, '--token-file', file])).toEqual([0, url, token])
    const environment = { INTELMESH_API: `${url}/`, INTELMESH_TOKEN: token }
    expect(await asked([], { environment })).toEqual([0, url, token])
    expect(await asked(['--home', folder], { environment, isRunning: true })).toEqual([
      0,
      'http://home',
      token,
    ])
  })

  it('shows a token to the running node of a home, and opens no home for it', async () => {
    const environment = { INTELMESH_TOKEN: token }
    expect(await asked(['--home', folder], { environment, isRunning: true })).toEqual([
      0,
      'http://home',
      token,
    ])
    expect(await asked(['--home', folder], { environment })).toEqual([5])
    expect(await asked(['--home', folder], { isRunning: true })).toEqual([0, 'http://home', 'own'])
    expect(await asked(['--home', folder])).toEqual([0, 'home'])
  })

  test.for<readonly [string, readonly string[]]>([
    ['no token', ['--api', 'http://127.0.0.1:1']],
    ['no address', ['--api', 'node.example', '--token-file', 'FILE']],
    ['another scheme', ['--api', 'ftp://node.example', '--token-file', 'FILE']],
    ['a name in the address', ['--api', 'http://a:b@node.example', '--token-file', 'FILE']],
    ['a path', ['--api', 'http://node.example/api', '--token-file', 'FILE']],
    ['no such file', ['--api', 'http://127.0.0.1:1', '--token-file', '/nowhere/token']],
    ['a home as well', ['--api', 'http://127.0.0.1:1', '--home', 'x', '--token-file', 'FILE']],
  ])('takes no %s', async ([, argv]) => {
    expect(await asked(argv.map((word) => (word === 'FILE' ? file : word)))).toEqual([2])
  })

  it('takes no token of several words', async () => {
    const environment = { INTELMESH_API: 'http://127.0.0.1:1', INTELMESH_TOKEN: 'a b' }
    expect(await asked([], { environment })).toEqual([2])
  })
})
