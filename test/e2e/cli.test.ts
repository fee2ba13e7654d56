import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { intelmesh, startIntelmesh } from './intelmesh.ts'

const LOOPBACK = ['--listen', '/ip4/127.0.0.1/tcp/0']

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function home(name: string): string {
  return join(folder, name)
}

/** Asks again and again, since what is asked for travels between processes. */
async function eventually(args: readonly string[], isThere: (out: string) => boolean): Promise<string> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const { out } = await intelmesh(args)
    if (isThere(out)) return out
    if (Date.now() > deadline) throw new Error(`${args.join(' ')} still says: ${out}`)
  }
}

/** Each help is a process of its own: a part of them tells that all work. */
const EVERY = 8

describe('./intelmesh', () => {
  it('helps with every command', async () => {
    const { exit, out } = await intelmesh(['--help'])
    expect(exit).toBe(0)
    const paths = [...out.matchAll(/^ {2}([a-z-]+(?: [a-z-]+)?) {2,}\S/gm)].map(([, path = '']) =>
      path.split(' '),
    )
    expect(paths.length).toBeGreaterThanOrEqual(40)
    for (const path of paths.filter((_, i) => i % EVERY === 0)) {
      const help = await intelmesh([...path, '--help'])
      expect(help, path.join(' ')).toMatchObject({ exit: 0, err: '' })
      expect(help.out, path.join(' ')).toContain('Examples')
    }
  }, 180_000)

  test.for([
    [['pubish'], 2, 'publish'],
    [['status', '--hmoe', 'x'], 2, '--home'],
    [['publish', 'x'], 2, '--tlp amber+strict'],
    [['publish', 'x', '--tlp', 'white'], 2, 'amber+strict'],
    [['aco', 'init', '--name', 'A', '--cluster', 'finance.eu'], 2, '--passphrase-file'],
    [['join', 'imesh1:nonsense'], 2, 'INVITE_CHECKSUM'],
    [['peers'], 5, 'intelmesh run'],
    [['tail'], 5, 'intelmesh run'],
    [['status'], 1, 'intelmesh join'],
  ] as const)('%j exits %i', async ([args, code, hint]) => {
    const { exit, out, err } = await intelmesh([
      ...args,
      ...(args[0] === 'status' && args.length > 1 ? [] : ['--home', home('none')]),
    ])
    expect({ exit, out }).toEqual({ exit: code, out: '' })
    expect(err).toContain(hint)
    expect(err).not.toMatch(/^\s+at /m)
  })

  it('names the setting that is wrong', async () => {
    const environment = { INTELMESH_API_PORT: 'eighty' }
    const { exit, err } = await intelmesh(['status', '--home', home('none')], { environment })
    expect(exit).toBe(2)
    expect(err).toContain('INTELMESH_API_PORT')
  })
})

describe('a cluster by hand', () => {
  it('is founded, joined, published to, asked, and left by whom it puts out', async () => {
    const made = await intelmesh([
      'aco',
      'init',
      '--name',
      'ACO',
      '--cluster',
      'finance.eu',
      '--key-file',
      ...LOOPBACK,
      '--json',
      '--home',
      home('aco'),
    ])
    expect(made).toMatchObject({ exit: 0, err: '' })
    const { fingerprint } = JSON.parse(made.out) as { readonly fingerprint: string }
    for (const name of ['node.key', 'operator.key', 'root.key']) {
      expect((await stat(join(home('aco'), name))).mode & 0o777, name).toBe(0o600)
    }
    expect(
      (
        await intelmesh([
          'aco',
          'init',
          '--name',
          'ACO',
          '--cluster',
          'finance.eu',
          '--key-file',
          '--home',
          home('aco'),
        ])
      ).exit,
    ).toBe(1)

    await writeFile(
      join(home('aco'), 'intelmesh.toml'),
      '[network]\nlisten = ["/ip4/127.0.0.1/tcp/0"]\n[enrolment]\nhost = "127.0.0.1"\nport = 0\n',
    )
    await using aco = await startIntelmesh(['aco', 'serve', '--local', '--home', home('aco')])
    const second = await intelmesh(['run', '--home', home('aco')])
    expect(second.exit).toBe(1)
    expect(second.err).toContain(String(aco.pid))

    for (const name of ['a', 'b']) {
      const invite = await intelmesh([
        'aco',
        'invite',
        '--org',
        `Bank ${name}`,
        '--local',
        '--home',
        home('aco'),
      ])
      const joined = await intelmesh(['join', '-', ...LOOPBACK, '--home', home(name)], {
        input: invite.out.split('\n')[0] ?? '',
      })
      expect(joined, name).toMatchObject({ exit: 0, err: '' })
      expect(joined.out, name).toContain(fingerprint)
    }

    const input = '198.51.100.7\nhxxp://evil[.]example/login\nno value at all\n'
    const stored = await intelmesh(
      ['publish', '-', '--tlp', 'green', '--allow', 'reserved', '--json', '--home', home('a')],
      { input },
    )
    expect(stored.exit).toBe(4)
    const summary = JSON.parse(stored.out) as {
      readonly published: readonly object[]
      readonly refused: readonly { readonly where: string }[]
      readonly isAnnounced: boolean
    }
    expect(summary.published.length).toBe(2)
    expect(summary.refused.map(({ where }) => where)).toEqual(['stdin:3'])
    expect(summary.isAnnounced).toBe(false)

    await using a = await startIntelmesh(['run', '--home', home('a')])
    await using b = await startIntelmesh(['run', '--home', home('b')])
    const ask = ['lookup', '198.51.100[.]7', '--json', '--home', home('b')]
    const known = await eventually(ask, (out) => out.includes('"Bank a"'))
    expect(known).toContain('"tlp": "green"')
    expect(await intelmesh(['lookup', '203.0.113.9', '--home', home('b')])).toMatchObject({ exit: 3 })
    expect(await intelmesh(['show', '0'.repeat(64), '--home', home('b')])).toMatchObject({ exit: 3 })
    expect(
      (await intelmesh(['publish', '-', '--tlp', 'amber', '--home', home('b')], { input: 'a.example' })).exit,
    ).toBe(4)

    const proof = join(folder, 'b.ndjson')
    expect((await intelmesh(['export', '--format', 'proof', '--out', proof, '--home', home('b')])).exit).toBe(
      0,
    )
    expect((await intelmesh(['verify', proof, '--fingerprint', fingerprint])).exit).toBe(0)
    expect((await intelmesh(['verify', proof, '--fingerprint', '0'.repeat(64)])).exit).toBe(4)

    const revoked = await intelmesh(['aco', 'revoke', 'Bank b', '--reason', 'ceased', '--home', home('aco')])
    expect(revoked).toMatchObject({ exit: 0, err: '' })
    await eventually(
      ['peers', '--json', '--home', home('a')],
      (out) => out !== '' && !out.includes('"Bank b"'),
    )

    expect(await b.stop('SIGINT')).toBe(0)
    expect(await a.stop('SIGTERM')).toBe(0)
    expect(await readdir(home('a'))).not.toContain('run.json')
    const offline = await intelmesh([...ask.slice(0, -1), home('a')])
    expect(offline.exit).toBe(0)
    expect(await aco.stop('SIGTERM')).toBe(0)
  }, 300_000)

  it('leaves a home free when its owner is killed', async () => {
    const owner = await startIntelmesh(['run', '--home', home('a')])
    await owner.stop('SIGKILL')
    const { exit, out } = await intelmesh(['status', '--json', '--home', home('a')])
    expect(exit).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ isRunning: false })
  })
})
