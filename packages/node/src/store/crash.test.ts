import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fromHex, hlcTime, updateTree } from '@intelmesh/protocol'
import { describe, expect, it } from 'vitest'
import { nativeCrypto } from '../crypto/index.ts'
import { createStore, openStore } from './open-store.ts'
import { hashOf, HOUR, START } from './testing/sample-rows.ts'

const SCRIPT = fileURLToPath(new URL('./testing/commit-until-killed.ts', import.meta.url))

/** Lets a process commit from batch `first` on, kills it after `count` acknowledgements, and gives those batches. */
async function commitAndKill(path: string, first: number, count: number): Promise<readonly number[]> {
  const child = spawn(process.execPath, ['--conditions=source', SCRIPT, path, `${first}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const acknowledged: number[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(Number(line))
    if (acknowledged.length === count) child.kill('SIGKILL')
  }
  await exited
  return acknowledged
}

describe('a process that is killed', () => {
  it('loses nothing that was acknowledged, and leaves whole commits only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'store-'))
    const path = join(folder, 'store')
    await createStore({ path, id: '0'.repeat(32), createdAt: START })
    const acknowledged = new Set<number>()
    let first = 0
    for (const count of [1, 40, 7, 90]) {
      for (const batch of await commitAndKill(path, first, count)) acknowledged.add(batch)
      await using store = await openStore({ path })
      first = Math.max(...acknowledged) + 10
      let records = 0
      for (let batch = 0; batch < first; batch++) {
        const held = await store.recordsOfHeader(hashOf(`batch ${batch}`))
        const header = await store.header(hashOf(`batch ${batch}`))
        expect(held.length, `batch ${batch}`).toBe(header === undefined ? 0 : 3)
        if (acknowledged.has(batch)) expect(header?.leafHashes, `batch ${batch}`).toEqual(held)
        records += held.length
      }
      expect(store.counts.records).toBe(records)
      const rows = await store.queryRecords({ afterSequence: 0, limit: 100_000, plainOnly: false })
      const added = rows.map(({ id, hlc }) => ({ hour: Math.floor(hlcTime(hlc) / HOUR), id: fromHex(id) }))
      const { root } = await updateTree(nativeCrypto, () => undefined, { added, removed: [] })
      expect(store.rootOf('green')).toEqual(root)
      await store.verify(new AbortController().signal)
    }
    await rm(folder, { recursive: true })
  })
})
