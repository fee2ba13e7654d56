import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import config from '../../oxlint.config.ts'

const ROOT = join(import.meta.dirname, '../..')

interface Finding {
  readonly code: string
  readonly filename: string
}

/** Each rule broken once: the file that breaks it, what it says, and the rule that has to fire. */
const BROKEN: readonly (readonly [file: string, text: string, rule: string])[] = [
  ['protocol/src/a-builtin.ts', "import 'node:fs/promises'", 'eslint(no-restricted-imports)'],
  ['protocol/src/a-bare-builtin.ts', "import 'fs'", 'eslint(no-restricted-imports)'],
  ['protocol/src/a-sibling.ts', "import '@intelmesh/stix'", 'eslint(no-restricted-imports)'],
  ['stix/src/a-builtin.ts', "import 'node:crypto'", 'eslint(no-restricted-imports)'],
  ['stix/src/a-sibling.ts', "import '@intelmesh/protocol'", 'eslint(no-restricted-imports)'],
  ['node/src/upward.ts', "import '@intelmesh/cli'", 'eslint(no-restricted-imports)'],
  ['node/src/deep.ts', "import '@intelmesh/protocol/src/index.ts'", 'eslint(no-restricted-imports)'],
  ['protocol/src/crypto/a-codec.ts', "import 'cbor-x'", 'eslint(no-restricted-imports)'],
  ['protocol/src/encoding/a-curve.ts', "import '@noble/ed25519'", 'eslint(no-restricted-imports)'],
  ['node/src/admission/a-hash.ts', "import '@noble/hashes/sha2.js'", 'eslint(no-restricted-imports)'],
  ['node/src/admission/a-store.ts', "import 'level'", 'eslint(no-restricted-imports)'],
  ['node/src/store/a-network.ts', "export * from 'libp2p'", 'eslint(no-restricted-imports)'],
  [
    'node/src/http/a-peer.ts',
    "import type { PeerId } from '@libp2p/interface'\nexport type P = PeerId",
    'eslint(no-restricted-imports)',
  ],
  ['node/src/http/an-address.ts', "import '@multiformats/multiaddr'", 'eslint(no-restricted-imports)'],
  ['node/src/http/a-list.ts', "import 'uint8arraylist'", 'eslint(no-restricted-imports)'],
  ['node/src/network/a-server.ts', "export const app = import('hono')", 'eslint(no-restricted-imports)'],
  ['node/src/network/an-adapter.ts', "import '@hono/node-server'", 'eslint(no-restricted-imports)'],
  ['node/src/store/a-logger.ts', "import 'pino'", 'eslint(no-restricted-imports)'],
  ['node/src/store/a-metric.ts', "import 'prom-client'", 'eslint(no-restricted-imports)'],
  ['cli/src/a-config.ts', "import 'smol-toml'", 'eslint(no-restricted-imports)'],
  ['stix/src/a-domain.ts', "import 'tr46'", 'eslint(no-restricted-imports)'],
  ['stix/src/a-validator.ts', "import 'ajv'", 'eslint(no-restricted-imports)'],
  ['node/src/newcomer.ts', "import 'left-pad'", 'eslint(no-restricted-imports)'],
  ['node/src/store/environment.ts', 'export const home = process.env.HOME', 'node(no-process-env)'],
  ['protocol/src/clock.ts', 'export const now = Date.now()', 'eslint(no-restricted-properties)'],
  ['stix/src/chance.ts', 'export const chance = Math.random()', 'eslint(no-restricted-properties)'],
  ['protocol/src/nonce.ts', 'export const id = crypto.randomUUID()', 'eslint(no-restricted-properties)'],
  ['stix/src/bytes.ts', "export const bytes = Buffer.from('')", 'eslint(no-restricted-globals)'],
  ['protocol/src/platform.ts', 'export const platform = process.platform', 'eslint(no-restricted-globals)'],
  ['stix/src/web.ts', "export const page = fetch('x')", 'eslint(no-restricted-globals)'],
  ['protocol/src/timer.ts', 'export const timer = setTimeout(String, 1)', 'eslint(no-restricted-globals)'],
  ['stix/src/around.ts', 'export const around = globalThis.Date', 'eslint(no-restricted-globals)'],
  ['node/src/long.ts', '// a line\n'.repeat(301), 'eslint(max-lines)'],
  ['node/src/default.ts', 'export default 1', 'import(no-default-export)'],
  ['node/src/leave.ts', 'process.exit(1)', 'unicorn(no-process-exit)'],
  ['node/src/circle-a.ts', "import { b } from './circle-b.ts'\nexport const a = () => b", 'import(no-cycle)'],
  ['node/src/circle-b.ts', "import { a } from './circle-a.ts'\nexport const b = () => a", 'import(no-cycle)'],
]

/** What each folder is there for, which no rule may refuse. */
const ALLOWED: readonly (readonly [file: string, text: string])[] = [
  ['protocol/src/encoding/codec.ts', "import 'cbor-x'\nimport '../text.ts'\nimport '../../text.ts'"],
  ['protocol/src/crypto/curve.ts', "import '@noble/ed25519'\nimport '@noble/hashes/sha2.js'"],
  [
    'protocol/src/crypto/curve.test.ts',
    "import 'node:crypto'\nimport 'fast-check'\nexport const now = Date.now()",
  ],
  ['stix/src/observable/domain.ts', "import 'tr46'"],
  ['stix/src/generated/tables.ts', '// a line\n'.repeat(301)],
  ['node/src/store/tables.ts', "import 'level'\nimport 'node:fs/promises'\nimport '@intelmesh/protocol'"],
  [
    'node/src/network/join.ts',
    "import 'libp2p'\nimport '@libp2p/tcp'\nimport 'uint8arraylist'\nimport '@intelmesh/stix'",
  ],
  ['node/src/http/serve.ts', "import 'hono'\nimport 'hono/body-limit'\nimport '@hono/node-server'"],
  ['node/src/observe/log.ts', "import 'pino'\nimport 'prom-client'"],
  ['node/src/config/read.ts', "import 'smol-toml'\nexport const home = process.env.HOME"],
  ['cli/src/start.ts', "import '@intelmesh/node'\nimport 'node:os'\nexport const home = process.env.HOME"],
]

describe('the layer rules', () => {
  let folder = ''
  let findings: readonly Finding[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'layers-'))
    const files = [...BROKEN, ...ALLOWED].map(([file, text]) => write(join(folder, 'packages', file), text))
    // Type-aware rules need a compiler's project; the layers are decided by text alone.
    const rules = { ...config, options: { ...config.options, typeAware: false } }
    await Promise.all([...files, write(join(folder, '.oxlintrc.json'), JSON.stringify(rules))])
    findings = await lint(folder)
  })
  afterAll(() => rm(folder, { recursive: true }))

  test.for(BROKEN)('%s fails with %s', ([file, , rule]) => {
    expect(codesOf(file)).toContain(rule)
  })

  test.for(ALLOWED)('%s passes', ([file]) => {
    expect(codesOf(file)).toEqual([])
  })

  function codesOf(file: string): readonly string[] {
    return findings.filter(({ filename }) => filename === `packages/${file}`).map(({ code }) => code)
  }
})

/** What no rule of the linter knows: a text that may not stand in the files of a pattern. */
const FORBIDDEN: readonly (readonly [files: string, text: RegExp, broken: string])[] = [
  ['packages/{protocol,stix}/src/**/*.ts', /\bnew Date\(\)/, 'const now = new Date()'],
  ['packages/*/src/**/*.ts', /^export \*/m, "export * from './a.ts'"],
]

describe('this checkout', () => {
  test.for(FORBIDDEN)('has in %s no %s', ([files, text, broken]) => {
    expect(broken).toMatch(text)
    const sources = globSync(files, { cwd: ROOT }).filter((file) => !file.endsWith('.test.ts'))
    expect(sources.filter((file) => text.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([])
  })

  it('breaks none of these rules', async () => {
    const rules = new Set(BROKEN.map(([, , rule]) => rule))
    const findings = await lint(ROOT)
    expect(findings.filter(({ code }) => rules.has(code))).toEqual([])
  })
})

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

/** The findings of oxlint in a folder; its exit code says no more than that there are some. */
async function lint(cwd: string): Promise<readonly Finding[]> {
  const command = join(ROOT, 'node_modules/.bin/oxlint')
  const output = await new Promise<string>((resolve) =>
    execFile(command, ['--format=json'], { cwd, maxBuffer: 2 ** 26 }, (_, stdout) => resolve(stdout)),
  )
  return (JSON.parse(output) as { diagnostics: readonly Finding[] }).diagnostics
}
