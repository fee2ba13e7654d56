import { describe, expect, it, test } from 'vitest'
import { UsageError } from '../usage-error.ts'
import { systemdUnit, type UnitOptions } from './systemd-unit.ts'

const OPTIONS: UnitOptions = {
  program: ['/usr/bin/intelmesh'],
  home: '/var/lib/intelmesh',
  user: 'intelmesh',
  isAco: false,
}

describe(systemdUnit, () => {
  it('runs the node of a home, which is all that it may write to', () => {
    expect(linesOf(OPTIONS)).toEqual(
      expect.arrayContaining([
        'ExecStart=/usr/bin/intelmesh run --home /var/lib/intelmesh',
        'User=intelmesh',
        'Environment=MALLOC_ARENA_MAX=2',
        'Environment=NODE_OPTIONS=--max-semi-space-size=8',
        'StateDirectory=intelmesh',
        'ProtectSystem=strict',
        'ProtectHome=yes',
      ]),
    )
  })

  it('runs an ACO, and hands it its passphrase as a credential', () => {
    const lines = linesOf({ ...OPTIONS, isAco: true, passphraseFile: '/etc/intelmesh/pass' })
    expect(lines).toEqual(
      expect.arrayContaining([
        'ExecStart=/usr/bin/intelmesh aco serve --home /var/lib/intelmesh',
        'LoadCredential=passphrase:/etc/intelmesh/pass',
        'Environment=INTELMESH_PASSPHRASE_FILE=%d/passphrase',
      ]),
    )
  })

  test.for([
    ['/srv/mesh', ['ReadWritePaths=/srv/mesh', 'ProtectHome=yes']],
    ['/home/ana/mesh', ['ReadWritePaths=/home/ana/mesh', 'ProtectHome=read-only']],
    ['/root', ['ReadWritePaths=/root', 'ProtectHome=read-only']],
    ['/var/lib', ['ReadWritePaths=/var/lib', 'ProtectHome=yes']],
    ['/var/lib/../../etc', ['ReadWritePaths=/etc', 'ProtectHome=yes']],
    ['/srv/my mesh', ['ReadWritePaths="/srv/my mesh"', 'ProtectHome=yes']],
    ['/srv/100%', ['ReadWritePaths=/srv/100%%', 'ProtectHome=yes']],
  ] as const)('lets a home at %s be written', ([home, expected]) => {
    expect(linesOf({ ...OPTIONS, home })).toEqual(expect.arrayContaining([...expected]))
  })

  test.for(['root;x', 'Ana', '', 'a b', 'x\nUser=root', '0', 'a'.repeat(40)])('takes no user %j', (user) => {
    expect(() => systemdUnit({ ...OPTIONS, user })).toThrow(UsageError)
  })

  test.for(['/srv/a\nUser=root', '/srv/a\rb', '/srv/\u0000', '/srv/a\u0085b'])('takes no path %j', (path) => {
    expect(() => systemdUnit({ ...OPTIONS, home: path })).toThrow(UsageError)
    expect(() => systemdUnit({ ...OPTIONS, program: [path] })).toThrow(UsageError)
    expect(() => systemdUnit({ ...OPTIONS, passphraseFile: path })).toThrow(UsageError)
  })

  it('quotes what systemd would replace or split', () => {
    const program = ['/opt/my node', '/opt/100%/$HOME', '/opt/"x"\\']
    expect(linesOf({ ...OPTIONS, program })).toContain(
      'ExecStart="/opt/my node" /opt/100%%/$$HOME "/opt/\\"x\\"\\\\" run --home /var/lib/intelmesh',
    )
  })
})

function linesOf(options: UnitOptions): readonly string[] {
  return systemdUnit(options)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}
