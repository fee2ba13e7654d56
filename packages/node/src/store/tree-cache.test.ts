import { joinIds, summarise, type Summary, SYNC_SETS, type TreeNode } from '@intelmesh/protocol'
import { describe, expect, it } from 'vitest'
import { nativeCrypto } from '../crypto/index.ts'
import { encodeNode } from './state-rows.ts'
import { checkedReaderOf, createTreeCache, nodeKey } from './tree-cache.ts'

const leaf = (...bytes: number[]): TreeNode => ({
  kind: 'leaf',
  ids: joinIds(bytes.map((byte) => new Uint8Array(32).fill(byte))),
})

const sumOf = (node: TreeNode): Summary => summarise(nativeCrypto, node)

const nameOf = (...at: Parameters<typeof nodeKey>): string => Buffer.from(nodeKey(...at)).toString()

/** A disk that counts its reads, each of which may be held back. */
function createDisk(rows: Map<string, TreeNode>) {
  let reads = 0
  let gate = Promise.resolve()
  return {
    rows,
    get reads() {
      return reads
    },
    holdUntil(opened: Promise<void>) {
      gate = opened
    },
    compacted: 0,
    async compact() {
      this.compacted += 1
    },
    async getHere(_table: string, key: Uint8Array) {
      reads++
      const node = rows.get(Buffer.from(key).toString())
      await gate
      return node === undefined ? undefined : encodeNode(node)
    },
  }
}

describe(createTreeCache, () => {
  it('reads a node once, and keeps sets apart', async () => {
    const disk = createDisk(new Map(SYNC_SETS.map((set, i) => [nameOf(set, 'ab'), leaf(i)])))
    const cache = createTreeCache(disk, { maxBytes: 99_999 })
    for (const [i, set] of SYNC_SETS.entries()) {
      expect(await cache.read(set, 'ab', sumOf(leaf(i)))).toEqual(leaf(i))
      expect(await cache.read(set, 'ab')).toEqual(leaf(i))
    }
    expect(disk.reads).toBe(SYNC_SETS.length)
    cache.clear()
    await cache.read('green', 'ab')
    expect(disk.reads).toBe(SYNC_SETS.length + 1)
  })

  it('keeps nothing for commits that was read without being compared', async () => {
    const disk = createDisk(new Map([[nameOf('green', ''), leaf(1)]]))
    const cache = createTreeCache(disk, { maxBytes: 99_999 })
    expect(await cache.read('green', '')).toEqual(leaf(1))
    await expect(checkedReaderOf(cache, 'green', sumOf(leaf(1, 2)))('')).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
    })
  })

  it('forgets the nodes that were used least of late', async () => {
    const disk = createDisk(new Map(['1', '2', '3'].map((path) => [nameOf('green', path), leaf(1, 2)])))
    const cache = createTreeCache(disk, { maxBytes: 900 })
    const read = (path: string) => cache.read('green', path, sumOf(leaf(1, 2)))
    for (const path of ['1', '2', '1', '3']) await read(path)
    expect(disk.reads).toBe(3)
    await read('1')
    expect(disk.reads).toBe(3)
    await read('2')
    expect(disk.reads).toBe(4)
  })

  it('has LevelDB merge its files where it gives an earlier node, and takes no other than was written', async () => {
    const root = leaf(1, 2)
    const disk = createDisk(new Map([[nameOf('green', ''), leaf(1)]]))
    const healing = {
      getHere: async (table: string, key: Uint8Array) => disk.getHere(table, key),
      async compact() {
        await disk.compact()
        disk.rows.set(nameOf('green', ''), root)
      },
    }
    const expected = summarise(nativeCrypto, root)
    const lasting = createTreeCache(disk, { maxBytes: 99_999 })
    await expect(checkedReaderOf(lasting, 'green', expected)('')).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
    })
    expect(disk.compacted).toBe(1)
    const healed = createTreeCache(healing, { maxBytes: 99_999 })
    expect(await checkedReaderOf(healed, 'green', expected)('')).toEqual(root)
    expect(await healed.read('green', '')).toEqual(root)
    expect(disk.compacted).toBe(2)
  })

  it('goes by what each node says of those below it', async () => {
    const [child, earlier] = [leaf(1, 2), leaf(1)]
    const inner: TreeNode = { kind: 'inner', children: [{ label: '1', ...summarise(nativeCrypto, child) }] }
    const rows = new Map([
      [nameOf('green', ''), inner],
      [nameOf('green', '1'), earlier],
    ])
    const cache = createTreeCache(createDisk(rows), { maxBytes: 99_999 })
    const read = checkedReaderOf(cache, 'green', summarise(nativeCrypto, inner))
    await read('')
    await expect(read('1')).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  })

  it('takes over what was written, also over a read that began before', async () => {
    const disk = createDisk(new Map([[nameOf('green', ''), leaf(1)]]))
    const cache = createTreeCache(disk, { maxBytes: 99_999 })
    const { promise, resolve } = Promise.withResolvers<void>()
    disk.holdUntil(promise)
    const early = cache.read('green', '', sumOf(leaf(1)))
    disk.rows.set(nameOf('green', ''), leaf(1, 2))
    cache.update('green', new Map([['', leaf(1, 2)]]))
    resolve()
    expect(await early).toEqual(leaf(1))
    expect(await cache.read('green', '')).toEqual(leaf(1, 2))
    disk.rows.delete(nameOf('green', ''))
    cache.update('green', new Map([['', undefined]]))
    expect(await cache.read('green', '')).toBeUndefined()
  })
})
