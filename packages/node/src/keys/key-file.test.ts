import { chmod, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { codeOf, publicKeyOf, utf8Bytes } from '@intelmesh/protocol'
import { beforeEach, describe, expect, it, test } from 'vitest'
import {
  createKemKey,
  createKemKeyFile,
  createKeyFile,
  type KeyProtection,
  readKemKeyFile,
  readKeyFile,
} from './index.ts'

const SECRET = new Uint8Array(32).fill(7)
const PASSPHRASE = utf8Bytes('correct horse battery staple')
const SEALED: KeyProtection = { kind: 'passphrase', passphrase: PASSPHRASE }
const PLAIN: KeyProtection = { kind: 'plain' }

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intelmesh-keys-'))
  path = join(folder, 'node.key')
})

describe(createKeyFile, () => {
  it('writes a plain key that only its owner reads', async () => {
    await createKeyFile(path, SECRET, PLAIN)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const key = await readKeyFile(path)
    expect(key.secret.expose()).toEqual(SECRET)
    expect(key.publicKey).toEqual(publicKeyOf(SECRET))
  })

  it('never replaces a file, and leaves nothing else behind', async () => {
    await createKeyFile(path, SECRET, PLAIN)
    expect(await codeWhen(createKeyFile(path, new Uint8Array(32).fill(8), PLAIN))).toBe('HOME_EXISTS')
    expect((await readKeyFile(path)).secret.expose()).toEqual(SECRET)
    expect(await readdir(folder)).toEqual(['node.key'])
  })

  it('seals under a passphrase, and shows the secret nowhere', async () => {
    await createKeyFile(path, SECRET, SEALED)
    const text = await readFile(path, 'utf8')
    expect(text).not.toContain(Buffer.from(SECRET).toString('base64url'))
    expect((await readKeyFile(path, PASSPHRASE)).secret.expose()).toEqual(SECRET)
    expect(await codeWhen(readKeyFile(path))).toBe('KEY_LOCKED')
    expect(await codeWhen(readKeyFile(path, utf8Bytes('wrong')))).toBe('KEY_PASSPHRASE_WRONG')
  })
})

describe(readKeyFile, () => {
  it('says what is missing', async () => {
    expect(await codeWhen(readKeyFile(path))).toBe('KEY_MISSING')
  })

  it('refuses a plain key that others can read', async () => {
    await createKeyFile(path, SECRET, PLAIN)
    await chmod(path, 0o640)
    expect(await codeWhen(readKeyFile(path))).toBe('KEY_PERMISSIONS')
  })

  it('refuses a sealed file whose header was changed, whatever was changed', async () => {
    await createKeyFile(path, SECRET, SEALED)
    const document = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    const other = Buffer.from(publicKeyOf(new Uint8Array(32).fill(8))).toString('base64url')
    const changes = { publicKey: other, N: 2 ** 16, r: 9, p: 2, salt: 'A'.repeat(22), nonce: 'A'.repeat(16) }
    for (const [field, value] of Object.entries(changes)) {
      await writeFile(path, JSON.stringify({ ...document, [field]: value }))
      expect(await codeWhen(readKeyFile(path, PASSPHRASE)), field).toBe('KEY_PASSPHRASE_WRONG')
    }
  })

  test.for([
    ['N beyond the memory allowed', { N: 2 ** 40 }],
    ['r beyond the memory allowed', { r: 2 ** 30 }],
    ['p without end', { p: 10_000 }],
    ['N that is no power of two', { N: 2 ** 17 + 1 }],
    ['N that is cheap to guess', { N: 2 }],
    ['a later version', { version: 2 }],
    ['another function', { kdf: 'none' }],
    ['a short salt', { salt: 'AA' }],
  ] as const)('refuses %s before it computes anything', async ([, change]) => {
    await writeFile(path, JSON.stringify({ ...TEMPLATE, ...change }))
    expect(await codeWhen(readKeyFile(path, PASSPHRASE))).toBe('HOME_DAMAGED')
  })

  it('refuses what is no key file', async () => {
    for (const text of ['', '{', 'null', '[]', 'x'.repeat(10_000)]) {
      await writeFile(path, text, { mode: 0o600 })
      expect(await codeWhen(readKeyFile(path)), text.slice(0, 5)).toBe('HOME_DAMAGED')
    }
  })

  it('refuses a plain file whose public key is not that of its secret', async () => {
    const secretKey = Buffer.from(SECRET).toString('base64url')
    const { publicKey } = TEMPLATE
    const document = {
      format: 'intelmesh-key',
      version: 1,
      algorithm: 'ed25519',
      publicKey,
      protection: 'plain',
      secretKey,
    }
    await writeFile(path, JSON.stringify(document), { mode: 0o600 })
    expect(await codeWhen(readKeyFile(path))).toBe('HOME_DAMAGED')
  })

  it('does not print, inspect or serialise the secret', async () => {
    await createKeyFile(path, SECRET, PLAIN)
    const key = await readKeyFile(path)
    expect(String(key.secret)).toBe('[secret]')
    for (const shown of [inspect(key, { showHidden: true, depth: 9 }), JSON.stringify(key)]) {
      expect(shown).not.toMatch(/7, ?7|0707|BwcH/)
    }
  })
})

describe(createKemKeyFile, () => {
  it('keeps the pair and its id', async () => {
    let next = 0
    const pair = createKemKey((length) => new Uint8Array(length).fill(++next))
    await createKemKeyFile(path, pair, PLAIN)
    const read = await readKemKeyFile(path)
    expect(read.key).toEqual(pair.key)
    expect(read.secret.expose()).toEqual(pair.secret.expose())
  })

  it('does not take a signing key for one', async () => {
    await createKeyFile(path, SECRET, PLAIN)
    expect(await codeWhen(readKemKeyFile(path))).toBe('HOME_DAMAGED')
  })
})

const TEMPLATE = {
  format: 'intelmesh-key',
  version: 1,
  algorithm: 'ed25519',
  publicKey: 'A'.repeat(43),
  protection: 'passphrase',
  kdf: 'scrypt',
  N: 2 ** 17,
  r: 8,
  p: 1,
  salt: 'A'.repeat(22),
  nonce: 'A'.repeat(16),
  ciphertext: 'A'.repeat(64),
}

async function codeWhen(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => 'no error',
    (error: unknown) => codeOf(error) ?? 'no code',
  )
}
