import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { RunningNode } from '@intelmesh/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Mesh, startMesh } from '../support/mesh.ts'
import { type Finished, intelmesh } from './intelmesh.ts'

const LOG = [
  '2026-01-01T00:00:00.000Z GET https://www.evil.example/a 198.51.100.7 "Mozilla/5.0"',
  '{"dst":"203.0.113.9","url":"http:\\/\\/drop.example\\/x\\/y?z"}',
  'nothing of note',
  'hxxp://evil[.]example',
].join('\n')

describe('match against a running node', () => {
  let mesh: Mesh
  let node: RunningNode
  let folder: string
  beforeAll(async () => {
    mesh = await startMesh({ members: ['alpha'] })
    node = mesh.node('alpha')
    folder = await mkdtemp(join(tmpdir(), 'match-'))
    await publish('clear', ["[domain-name:value = 'evil.example']", "[url:value = 'http://drop.example/x/']"])
    await publish('green', ["[ipv4-addr:value = '198.51.100.7']", "[ipv4-addr:value = '203.0.113.0/24']"])
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
    await mesh[Symbol.asyncDispose]()
  })

  async function publish(tlp: 'clear' | 'green', patterns: readonly string[]): Promise<void> {
    const objects = patterns.map((pattern, i) => ({ text: indicator(tlp, i, pattern), where: 'test' }))
    const { published } = await node.api.publish({ objects, tlp, allow: ['198.51.100.7', '203.0.113.0/24'] })
    expect(published).toHaveLength(patterns.length)
  }

  async function tokenOf(clearance: 'clear' | 'green'): Promise<string> {
    return (await node.api.createToken({ person: `reader of ${clearance}`, clearance })).token
  }

  function match(token: string, args: readonly string[], input = ''): Promise<Finished> {
    const environment = { INTELMESH_API: node.apiAddress, INTELMESH_TOKEN: token }
    return intelmesh(['match', ...args, '--json'], { input, environment })
  }

  it('finds what the token may see, by value, name, network and URL, in plain and compressed files', async () => {
    const path = join(folder, 'log.txt')
    await writeFile(path, gzipSync(LOG))
    const { exit, out } = await match(await tokenOf('green'), [path])
    expect(exit).toBe(0)
    expect(found(out)).toEqual([
      '1 domain evil.example parent-domain clear alpha',
      '1 ipv4 198.51.100.7 exact green alpha',
      '2 cidr 203.0.113.0/24 cidr green alpha',
      '2 url http://drop.example/x/ url-prefix clear alpha',
      '4 domain evil.example exact clear alpha',
    ])
  })

  it('neither finds nor sends what stands above the clearance of a token', async () => {
    const clear = await tokenOf('clear')
    const { exit, out } = await match(clear, ['-'], LOG)
    expect(exit).toBe(0)
    expect(found(out).filter((line) => !line.includes(' clear '))).toEqual([])
    expect(found(out)).toHaveLength(3)
    expect(await match(clear, ['-'], '198.51.100.7 203.0.113.9')).toMatchObject({ exit: 3, out: '' })
    const sizes = await Promise.all([clear, await tokenOf('green')].map(filterBytes))
    // Two fingerprints of 8 bytes behind the head, or four.
    expect(sizes).toEqual([68 + 16, 68 + 32])
  })

  it('says how far a file could be read that ends early', async () => {
    const path = join(folder, 'cut.gz')
    await writeFile(path, gzipSync(`${LOG}\n`.repeat(1000), { level: 0 }).subarray(0, 100_000))
    const { exit, out, err } = await match(await tokenOf('green'), [path])
    expect(exit).toBe(4)
    expect(found(out).length).toBeGreaterThan(100)
    expect(err).toMatch(/ends in the middle of its gzip data: [\d,]+ lines could be read/)
  })

  async function filterBytes(token: string): Promise<number> {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${node.apiAddress}/api/v1/filter`, { headers })
    return (await response.arrayBuffer()).byteLength
  }
})

function indicator(tlp: string, number: number, pattern: string): string {
  const digits = `${tlp === 'clear' ? 1 : 2}${number}`
  return JSON.stringify({
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--8b1c5b1e-2a39-4d55-9f6c-0c3a2d6f7e${digits}`,
    created: '2026-01-01T00:00:00.000Z',
    modified: '2026-01-01T00:00:00.000Z',
    pattern,
    pattern_type: 'stix',
    valid_from: '2026-01-01T00:00:00Z',
  })
}

interface Printed {
  readonly line: number
  readonly known: { readonly type: string; readonly value: string }
  readonly relation: string
  readonly tlp: string
  readonly organisation: { readonly name: string }
}

function found(out: string): readonly string[] {
  const printed = out.split('\n').filter((line) => line !== '')
  return printed
    .map((text) => JSON.parse(text) as Printed)
    .map(({ line, known, relation, tlp, organisation }) =>
      [line, known.type, known.value, relation, tlp, organisation.name].join(' '),
    )
    .toSorted()
}
