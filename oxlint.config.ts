/** What each package may import besides its own files. A package that is not named here may import nothing. */
const REACH: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  stix: [],
  gate: ['@intelmesh/stix'],
  node: ['node:*', 'node:*/**', '@intelmesh/protocol', '@intelmesh/stix', '@intelmesh/gate'],
  cli: [
    'node:*',
    'node:*/**',
    '@intelmesh/protocol',
    '@intelmesh/stix',
    '@intelmesh/gate',
    '@intelmesh/node',
  ],
}

/** The one folder from which each third-party library is imported. A library that is not named here is refused. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  'protocol/src/encoding': ['cbor-x'],
  'protocol/src/crypto': ['@noble/**'],
  'stix/src/observable': ['tr46'],
  'gate/src': ['tldts'],
  'node/src/store': ['level'],
  'node/src/network': ['libp2p', '@libp2p/**', '@multiformats/**', 'uint8arraylist', 'ws'],
  'node/src/http': ['hono', 'hono/**', '@hono/**'],
  'node/src/observe': ['pino', 'prom-client'],
  'node/src/config': ['smol-toml'],
}

/** What a pure package may not touch: time, randomness and I/O are arguments there. */
const IMPURE_GLOBALS: readonly string[] = [
  'Buffer',
  'process',
  'globalThis',
  'fetch',
  'WebSocket',
  'XMLHttpRequest',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
]
const IMPURE_PROPERTIES: readonly string[] = [
  'Date.now',
  'Math.random',
  'crypto.getRandomValues',
  'crypto.randomUUID',
]

const PURE = 'A pure package takes time, randomness and I/O as arguments.'

/** Tests may import anything: they compare with other implementations and read files. */
const TESTS = ['**/*.test.ts']
const GENERATED = '**/generated/**'

/** Refuses every import but relative ones and those listed. */
function importsOnly(allowed: readonly string[]) {
  const group = ['*', '!./**', '!../**', ...allowed.map((name) => `!${name}`)]
  const message = 'REACH and HOMES in oxlint.config.ts say which package or folder may import this.'
  return { 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] }
}

function restrictedProperty(path: string) {
  const [object, property] = path.split('.')
  return { object, property, message: PURE }
}

export default {
  plugins: ['typescript', 'import', 'node', 'unicorn', 'oxc', 'promise'],
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  categories: { correctness: 'error' },
  ignorePatterns: [GENERATED, '**/dist/**', '**/bundle/**', 'test/data/**/*.json'],
  rules: {
    'max-lines': ['error', { max: 300 }],
    'import/no-cycle': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-misused-promises': 'error',
  },
  overrides: [
    {
      files: ['packages/*/src/**/*.ts'],
      excludeFiles: TESTS,
      rules: {
        ...importsOnly([]),
        'import/no-default-export': 'error',
        'node/no-process-env': 'error',
        'unicorn/no-process-exit': 'error',
      },
    },
    ...Object.entries(REACH).map(([name, allowed]) => ({
      files: [`packages/${name}/src/**/*.ts`],
      excludeFiles: TESTS,
      rules: importsOnly(allowed),
    })),
    ...Object.entries(HOMES).map(([folder, libraries]) => ({
      files: [`packages/${folder}/**/*.ts`],
      excludeFiles: TESTS,
      rules: importsOnly([...(REACH[folder.split('/')[0] ?? ''] ?? []), ...libraries]),
    })),
    {
      files: ['packages/{protocol,stix,gate}/src/**/*.ts'],
      excludeFiles: TESTS,
      rules: {
        'no-restricted-globals': ['error', ...IMPURE_GLOBALS.map((name) => ({ name, message: PURE }))],
        'no-restricted-properties': ['error', ...IMPURE_PROPERTIES.map(restrictedProperty)],
      },
    },
    {
      files: ['packages/node/src/config/**/*.ts', 'packages/cli/src/**/*.ts'],
      rules: { 'node/no-process-env': 'off' },
    },
  ],
}
