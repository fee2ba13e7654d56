import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExportItem, NodeApi } from '@intelmesh/node'
import {
  type Certificate,
  CERTIFICATE,
  encodeLeaf,
  encodeLoneRecord,
  hlcAt,
  keyIdOf,
  leafHash,
  loneRecord,
  type MeshClaim,
  portableCrypto,
  sealHeader,
  sealSign1,
  type Signer,
  signerOf,
  type TlpLabel,
  toBase64url,
  toHex,
  utf8Bytes,
} from '@intelmesh/protocol'
import { canonicalise, markingFor, parseJson, type StixObject } from '@intelmesh/stix'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { NOW, runTest } from '../testing/test-context.ts'
import { labelledObject } from './labelled-object.ts'
import { verifyItem } from './verify-item.ts'

const crypto = portableCrypto
const root = signerOf(new Uint8Array(32).fill(1))
const operator = signerOf(new Uint8Array(32).fill(2))
const author = signerOf(new Uint8Array(32).fill(3))
const rootId = keyIdOf(crypto, root.publicKey)

/** Certifies `holder` for a year around {@link NOW}. */
function certify(issuer: Signer, holder: Signer, mesh: Partial<MeshClaim>): Promise<Uint8Array> {
  const certificate: Certificate = {
    notBefore: NOW / 1000 - 1000,
    issuedAt: NOW / 1000 - 1000,
    expiresAt: NOW / 1000 + 1000,
    publicKey: holder.publicKey,
    mesh: {
      subject: 'node',
      issuer: keyIdOf(crypto, issuer.publicKey),
      organisation: new Uint8Array(16).fill(7),
      name: 'Bank A',
      cluster: 'finance.eu',
      clearance: 'red',
      kinds: ['member'],
      roles: [],
      duties: [],
      ...mesh,
    },
  }
  return sealSign1(CERTIFICATE, certificate, issuer)
}

interface Made {
  readonly tlp?: TlpLabel
  readonly at?: number
  readonly signer?: Signer
}

/** Records of one batch, as a node exports them. */
async function makeItems(
  objects: readonly StixObject[],
  { tlp = 'green', at = NOW, signer = author }: Made = {},
): Promise<ExportItem[]> {
  const duties = ['issue', 'log', 'status'] as const
  const chain = [
    await certify(operator, author, { statusIndex: 1 }),
    await certify(root, operator, { subject: 'operator', duties }),
    await certify(root, root, { subject: 'root', duties }),
  ]
  const texts = objects.map((object) => new TextDecoder().decode(canonicalise(object)))
  const leaves = texts.map((text, i) =>
    encodeLeaf({
      clear: {
        author: keyIdOf(crypto, author.publicKey),
        hlc: hlcAt(at + i),
        cluster: 'finance.eu',
        compartments: [tlp],
        tlp,
        expires: Math.floor(at / 3_600_000) + 24,
      },
      body: { kind: 'stix', stix: utf8Bytes(text) },
    }),
  )
  const header = await sealHeader(
    crypto,
    {
      profile: 1,
      certificate: crypto.sha256(chain[0] ?? new Uint8Array()),
      chain: new Uint8Array(16),
      seq: 0,
      audience: tlp,
    },
    { leaves, from: hlcAt(at), to: hlcAt(at + leaves.length) },
    signer,
  )
  const leafHashes = leaves.map((leaf) => leafHash(crypto, leaf))
  return leaves.map((leaf, i) => ({
    record: toHex(leafHashes[i] ?? new Uint8Array()),
    tlp,
    stix: texts[i] ?? '',
    proof: toBase64url(encodeLoneRecord(loneRecord(crypto, { header, leafHashes }, i, leaf))),
    chain: chain.map(toBase64url),
  }))
}

function identity(number: number): StixObject {
  const id = `identity--00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
  return {
    type: 'identity',
    spec_version: '2.1',
    id,
    created: '2030-01-01T00:00:00Z',
    modified: '2030-01-01T00:00:00Z',
    name: 'n',
  }
}

let folder: string
let items: readonly ExportItem[]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-'))
  items = await makeItems([identity(1), identity(2), identity(3)])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe(verifyItem, () => {
  it('knows who said what, and when', async () => {
    expect(await verifyItem(crypto, items[1] as ExportItem, rootId)).toEqual({
      record: items[1]?.record,
      tlp: 'green',
      stix: items[1]?.stix,
      organisation: { id: '07'.repeat(16), name: 'Bank A' },
      cluster: 'finance.eu',
      node: toHex(keyIdOf(crypto, author.publicKey)),
      published: '2030-01-01T00:00:00.001Z',
    })
  })

  test.for<[string, (item: ExportItem, other: ExportItem) => ExportItem, string]>([
    ['another object', (item, other) => ({ ...item, stix: other.stix }), 'PROOF_OBJECT_MISMATCH'],
    ['another label', (item) => ({ ...item, tlp: 'clear' }), 'PROOF_LABEL_MISMATCH'],
    ['another record', (item, other) => ({ ...item, record: other.record }), 'PROOF_RECORD_MISMATCH'],
    ['no base64url', (item) => ({ ...item, proof: '$$' }), 'PROOF_MALFORMED'],
    ['no proof', (item) => ({ ...item, proof: 'AAAA' }), 'CBOR_MALFORMED'],
    ['no chain', (item) => ({ ...item, chain: [] }), 'CERT_CHAIN_LENGTH'],
    ['half a chain', (item) => ({ ...item, chain: item.chain.slice(0, 2) }), 'CERT_ROOT_UNKNOWN'],
    [
      'a chain in another order',
      (item) => ({ ...item, chain: item.chain.toReversed() }),
      'CERT_ROOT_UNKNOWN',
    ],
    [
      "the operator's certificate for the author's",
      (item) => ({ ...item, chain: item.chain.slice(1) }),
      'PROOF_CERTIFICATE_MISMATCH',
    ],
  ])('refuses %s', async ([, change, code]) => {
    const forged = change(items[0] as ExportItem, items[1] as ExportItem)
    await expect(verifyItem(crypto, forged, rootId)).rejects.toMatchObject({ code })
  })

  it('refuses another root', async () => {
    await expect(verifyItem(crypto, items[0] as ExportItem, new Uint8Array(32))).rejects.toMatchObject({
      code: 'CERT_ROOT_UNKNOWN',
    })
  })

  it('refuses a header that somebody else signed', async () => {
    const [forged] = await makeItems([identity(1)], { signer: operator })
    await expect(verifyItem(crypto, forged as ExportItem, rootId)).rejects.toMatchObject({
      code: 'COSE_SIGNATURE_INVALID',
    })
  })

  it('refuses what was said outside the life of the certificate', async () => {
    for (const [at, code] of [
      [NOW - 2_000_000, 'CERT_NOT_YET_VALID'],
      [NOW + 2_000_000, 'CERT_EXPIRED'],
    ] as const) {
      const [late] = await makeItems([identity(1)], { at })
      await expect(verifyItem(crypto, late as ExportItem, rootId)).rejects.toMatchObject({ code })
    }
  })
})

describe(labelledObject, () => {
  const green = markingFor('green').id

  it('adds the label to an object without one, and leaves others alone', () => {
    expect(labelledObject(identity(1), 'green')['object_marking_refs']).toEqual([green])
    const marked = { ...identity(1), object_marking_refs: [markingFor('clear').id] }
    expect(labelledObject(marked, 'green')).toBe(marked)
  })

  it('adds it beside markings that say nothing of labels', () => {
    const statement = 'marking-definition--00000000-0000-4000-8000-000000000009'
    const marked = labelledObject({ ...identity(1), object_marking_refs: [statement] }, 'green')
    expect(marked['object_marking_refs']).toEqual([statement, green])
  })
})

describe('export and verify', () => {
  /** Two records a page. */
  const api: Partial<NodeApi> = {
    export: ({ after = 0 }) => {
      const page = items.slice(after, after + 2)
      return Promise.resolve({ items: page, ...(after + 2 < items.length ? { next: after + 2 } : {}) })
    },
  }

  async function exported(name: string, ...words: string[]): Promise<string> {
    const path = join(folder, name)
    const { exit } = await runTest(['export', '--out', path, ...words], { api })
    expect(exit).toBe(0)
    return path
  }

  const pinned = ['--fingerprint', toHex(rootId)]

  it('proves a proof file by itself', async () => {
    const path = await exported('all.ndjson', '--format', 'proof')
    expect((await readFile(path, 'utf8')).trimEnd().split('\n').length).toBe(3)
    const { exit, out } = await runTest(['verify', path, '--json', ...pinned])
    expect(exit).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      isPinned: true,
      verified: items.map(({ record }) => ({ record })),
      failed: [],
    })
  })

  it('warns aloud when nobody said whom to trust', async () => {
    const path = await exported('all.ndjson', '--format', 'proof')
    const { out } = await runTest(['verify', path])
    expect(out).toContain('NOT PINNED')
    expect(out).toContain(toHex(rootId))
  })

  it('writes a bundle in which every object bears its label, and proves it', async () => {
    const proof = await exported('all.ndjson', '--format', 'proof')
    const path = await exported('all.json')
    const bundle = parseJson(await readFile(path)) as unknown as { readonly objects: readonly StixObject[] }
    expect(bundle.objects.map(({ type }) => type)).toEqual([
      'marking-definition',
      'identity',
      'identity',
      'identity',
    ])
    for (const object of bundle.objects.slice(1))
      expect(object['object_marking_refs'], object.id).toEqual([markingFor('green').id])
    const { exit } = await runTest(['verify', path, '--proof', proof, ...pinned])
    expect(exit).toBe(0)
  })

  it('exits 4 for a bundle in which something was changed, added, or lost its label', async () => {
    const proof = await exported('all.ndjson', '--format', 'proof')
    const text = await readFile(await exported('all.json'), 'utf8')
    const changes: Record<string, string> = {
      changed: text.replace('"name":"n"', '"name":"m"'),
      added: text.replace('"objects":[', `"objects":[${JSON.stringify(identity(9))},`),
      bare: text.replace(`"object_marking_refs":["${markingFor('green').id}"],`, ''),
      widened: text.replaceAll(markingFor('green').id, markingFor('clear').id),
    }
    for (const [name, changed] of Object.entries(changes)) {
      expect(changed, name).not.toBe(text)
      const path = join(folder, 'changed.json')
      await writeFile(path, changed)
      expect((await runTest(['verify', path, '--proof', proof, ...pinned])).exit, name).toBe(4)
    }
  })

  it('exits 4 for a file that was changed or is none', async () => {
    const text = await readFile(await exported('all.ndjson', '--format', 'proof'), 'utf8')
    const path = join(folder, 'bad.ndjson')
    for (const bad of [text.replace('"tlp":"green"', '"tlp":"clear"'), `${text}{}\n`, `${text}not json\n`]) {
      await writeFile(path, bad)
      expect((await runTest(['verify', path, ...pinned])).exit).toBe(4)
    }
  })

  it('exits 2 for a bundle without proofs, and for what is no fingerprint', async () => {
    const path = await exported('all.json')
    expect((await runTest(['verify', path, ...pinned])).exit).toBe(2)
    expect((await runTest(['verify', path, '--fingerprint', 'a'])).exit).toBe(2)
    expect((await runTest(['verify', join(folder, 'missing')])).exit).toBe(2)
  })

  it('leaves out what is narrower than asked, and exits 3 when that is everything', async () => {
    const { exit, out } = await runTest(['export', '--tlp', 'clear'], { api })
    expect(exit).toBe(3)
    expect(out).not.toContain('identity')
  })
})
