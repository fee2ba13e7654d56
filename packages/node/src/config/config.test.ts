import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { formatConfig } from './format-config.ts'
import { type ConfigSources, loadConfig } from './load-config.ts'
import { nearest } from './nearest.ts'
import { listSettings, variableOf } from './settings.ts'

function load({ text, ...sources }: Partial<ConfigSources> & { text?: string }) {
  return loadConfig({
    environment: {},
    ...sources,
    ...(text === undefined ? {} : { file: { text, path: 'intelmesh.toml' } }),
  })
}

describe(loadConfig, () => {
  it('has a default for everything, and is frozen', () => {
    const config = load({})
    expect(config).toMatchInlineSnapshot(`
      {
        "api": {
          "host": "127.0.0.1",
          "port": 0,
        },
        "enrolment": {
          "host": "0.0.0.0",
          "local": false,
          "port": 4651,
          "publicUrls": [],
        },
        "gate": {
          "allow": [],
          "internalHosts": [],
          "ownDomains": [],
          "ownRanges": [],
        },
        "limits": {
          "connections": 300,
        },
        "log": {
          "level": "info",
        },
        "network": {
          "announce": [],
          "listen": [
            "/ip4/0.0.0.0/tcp/4650",
          ],
          "relay": false,
        },
        "retention": {
          "keep": [],
        },
        "status": {
          "beatSeconds": 60,
          "nextUpdateHours": 72,
        },
        "store": {
          "heal": "auto",
        },
        "sync": {
          "intervalSeconds": 30,
        },
      }
    `)
    expect(
      Object.isFrozen(config) && Object.values(config).every((section) => Object.isFrozen(section)),
    ).toBe(true)
  })

  it('lets flags beat environment beat file', () => {
    const text = '[network]\nlisten = ["/ip4/0.0.0.0/tcp/1"]\n[api]\nport = 1\n[sync]\ninterval_seconds = 1\n'
    const environment = {
      INTELMESH_NETWORK_LISTEN: '/ip4/0.0.0.0/tcp/2, /ip6/::/tcp/2',
      INTELMESH_API_PORT: '2',
    }
    const flags = { 'network.listen': { value: ['/ip4/0.0.0.0/tcp/3'], flag: '--listen' } }
    const config = load({ text, environment, flags })
    expect(config.network.listen).toEqual(['/ip4/0.0.0.0/tcp/3'])
    expect(config.api.port).toBe(2)
    expect(config.sync.intervalSeconds).toBe(1)
    expect(load({ text, environment }).network.listen).toEqual(['/ip4/0.0.0.0/tcp/2', '/ip6/::/tcp/2'])
  })

  it('takes WebSockets, behind whatever ends TLS', () => {
    const text =
      '[network]\nlisten = ["/ip4/0.0.0.0/tcp/8080/ws"]\nannounce = ["/dns4/node.example/tcp/443/tls/ws"]\n'
    expect(load({ text }).network).toMatchObject({
      listen: ['/ip4/0.0.0.0/tcp/8080/ws'],
      announce: ['/dns4/node.example/tcp/443/tls/ws'],
    })
  })

  test.for<[string, Partial<ConfigSources> & { text?: string }, string, string?]>([
    ['a port out of range', { text: '[api]\nport = 65536' }, 'api.port (from intelmesh.toml)'],
    ['a port as text', { text: '[api]\nport = "80"' }, 'api.port (from intelmesh.toml)'],
    [
      'a mistyped key',
      { text: '[network]\nlisen = []' },
      'network.lisen (from intelmesh.toml)',
      'network.listen',
    ],
    ['a mistyped section', { text: '[netwrok]\n' }, 'netwrok (from intelmesh.toml)', '[network]'],
    ['a key outside a section', { text: 'api = 3' }, 'api (from intelmesh.toml)', '[api]'],
    ['what is not TOML', { text: '[api\nport = 1' }, 'intelmesh.toml is not TOML in line 1'],
    ['names of the prototype', { text: '[constructor]\nx = 1' }, 'constructor (from intelmesh.toml)'],
    ['a date', { text: '[log]\nlevel = 2030-01-01' }, 'log.level (from intelmesh.toml)'],
    ['a host as list', { text: '[api]\nhost = ["a"]' }, 'api.host (from intelmesh.toml)'],
    [
      'a bad address',
      { text: '[network]\nlisten = ["0.0.0.0:4650"]' },
      'network.listen (from intelmesh.toml)',
    ],
    [
      'to listen with TLS',
      { text: '[network]\nlisten = ["/ip4/0.0.0.0/tcp/443/tls/ws"]' },
      'network.listen (from intelmesh.toml)',
    ],
    [
      'an own domain that is none',
      { text: '[gate]\nown_domains = ["a b"]' },
      'gate.own_domains (from intelmesh.toml)',
    ],
    [
      'an own range that is none',
      { text: '[gate]\nown_ranges = ["10.0.0.0/33"]' },
      'gate.own_ranges (from intelmesh.toml)',
    ],
    [
      'hosts that are all hosts',
      { text: '[gate]\ninternal_hosts = ["*"]' },
      'gate.internal_hosts (from intelmesh.toml)',
    ],
    ['an empty override', { text: '[gate]\nallow = [""]' }, 'gate.allow (from intelmesh.toml)'],
    [
      'a bad variable',
      { environment: { INTELMESH_API_PORT: 'x' } },
      'environment variable INTELMESH_API_PORT',
    ],
    [
      'an unknown variable',
      { environment: { INTELMESH_API_PROT: '1' } },
      'INTELMESH_API_PROT',
      'INTELMESH_API_PORT',
    ],
    [
      'a bad flag',
      { flags: { 'network.listen': { value: ['x'], flag: '--listen' } } },
      'network.listen (from --listen)',
    ],
  ])('refuses %s, naming it and where it stands', ([, sources, where, meant]) => {
    const fault = attempt(() => load(sources))
    expect(fault).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(String(fault)).toContain(where)
    expect(String(fault)).toContain(meant ?? where)
  })

  it('reads what the organisation calls its own', () => {
    const text =
      '[gate]\nown_domains = ["Bank.Example"]\nown_ranges = ["192.0.2.0/24", "2001:db8::1"]\ninternal_hosts = ["srv-*"]\n'
    expect(load({ text, environment: { INTELMESH_GATE_ALLOW: 'amazon-aws, 8.8.8.8' } }).gate).toEqual({
      ownDomains: ['Bank.Example'],
      ownRanges: ['192.0.2.0/24', '2001:db8::1'],
      internalHosts: ['srv-*'],
      allow: ['amazon-aws', '8.8.8.8'],
    })
  })

  it('leaves variables of other uses alone', () => {
    expect(load({ environment: { INTELMESH_HOME: '/x', INTELMESH_PASSPHRASE_FILE: '-', PATH: '' } })).toEqual(
      load({}),
    )
  })
})

describe(formatConfig, () => {
  it('writes a file that says nothing but the defaults', () => {
    expect(load({ text: formatConfig() })).toEqual(load({}))
    expect(load({ text: uncommented(formatConfig()) })).toEqual(load({}))
  })

  it('sets what was chosen', () => {
    const text = formatConfig({ 'network.listen': ['/ip4/127.0.0.1/tcp/0'], 'enrolment.local': true })
    expect(load({ text }).network.listen).toEqual(['/ip4/127.0.0.1/tcp/0'])
    expect(load({ text }).enrolment.local).toBe(true)
  })

  it('names the variable of each setting', () => {
    for (const { key } of listSettings()) expect(formatConfig(), key).toContain(`(${variableOf(key)})`)
  })
})

describe(nearest, () => {
  test.for([
    ['pubish', 'publish'],
    ['lokoup', 'lookup'],
    ['PEERS', 'peers'],
    ['xyz', undefined],
    ['', undefined],
  ] as const)('%s → %s', ([word, meant]) => {
    expect(nearest(word, ['publish', 'lookup', 'peers', 'records'])).toBe(meant)
  })

  it('finds a word with one letter changed, among itself', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, maxLength: 30 }), fc.nat(), (word, place) => {
        const i = place % word.length
        const mistyped = `${word.slice(0, i)}\u{1F4A5}${word.slice(i + 1)}`.slice(0, 30)
        expect([word, undefined]).toContain(nearest(mistyped, [word]))
        expect(nearest(word, [word])).toBe(word)
      }),
    )
  })
})

function uncommented(text: string): string {
  return text.replace(/^# ([a-z_]+ = )/gm, '$1')
}

function attempt(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
