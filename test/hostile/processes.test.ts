import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createApiClient, homePaths } from '@intelmesh/node'
import { describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { stixOf, textOf } from '../support/forge.ts'
import { type Mesh, startMesh } from '../support/mesh.ts'

const PROGRAM = fileURLToPath(new URL('../../intelmesh', import.meta.url))
const MIB = 1024 * 1024
type Api = ReturnType<typeof createApiClient>

describe('a process that is killed while it publishes', () => {
  it('has on disk what it acknowledged, and its peers get it', async () => {
    await using mesh = await startMesh({ members: ['alpha'] })
    const home = await readyHome(mesh, 'killed')
    const acknowledged: string[] = []
    for (const count of [3, 17, 40]) {
      const { child, api } = await runNode(home, [])
      const exited = once(child, 'exit')
      const publishing = Promise.allSettled(
        Array.from({ length: 4 }, () => publishUntilDeath(api, acknowledged)),
      )
      const already = acknowledged.length
      await eventually(() => expect(acknowledged.length).toBeGreaterThanOrEqual(already + count))
      child.kill('SIGKILL')
      await Promise.all([exited, publishing])
    }
    const restarted = await mesh.start('killed')
    for (const id of acknowledged) await restarted.api.show(id)
    for (const id of acknowledged) await eventually(() => mesh.node('alpha').api.show(id))
    expect((await restarted.api.quarantine({})).filter(({ code }) => code.startsWith('CHAIN_'))).toEqual([])
  })
})

/** Whether a process may mount a small file system of its own here. */
const MAY_MOUNT =
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt']).status === 0
if (!MAY_MOUNT) console.warn('skipped: this system lets nobody mount a small file system (unshare -rm)')

describe.skipIf(!MAY_MOUNT)('a node whose disk is full', () => {
  it('refuses to publish, serves what it has, and goes on when there is room', async () => {
    await using mesh = await startMesh({ members: ['alpha'] })
    const home = await readyHome(mesh, 'full')
    const mount = await mkdtemp(join(tmpdir(), 'disk-'))
    const script = 'mount -t tmpfs -o size=64m none "$0" && cp -a "$1/." "$0/" && shift && exec "$@"'
    const { child, api, pid } = await runNode(
      mount,
      ['unshare', '-rm', 'sh', '-c', script, mount, home],
      home,
    )
    try {
      const [first] = await publish(api)
      await eventually(() => mesh.node('alpha').api.show(first as string))
      // The disk as that process sees it.
      const disk = `/proc/${pid}/root${mount}`
      const free = (await statfs(disk)).bavail * (await statfs(disk)).bsize
      await writeFile(join(disk, 'ballast'), new Uint8Array(free - 6 * MIB))

      await expect(publish(api)).rejects.toMatchObject({ code: 'STORE_FULL' })
      await api.show(first as string)
      const { published } = await mesh.node('alpha').api.publish({ tlp: 'green', objects: [objectOf()] })
      await expect(publish(api)).rejects.toMatchObject({ code: 'STORE_FULL' })
      expect((await api.doctor()).find(({ check }) => check === 'disk')?.state).toBe('failed')
      expect((await api.status()).records).toBe(1)

      await rm(join(disk, 'ballast'))
      const [second] = await publish(api)
      await eventually(() => mesh.node('alpha').api.show(second as string))
      await eventually(() => api.show(published[0]?.record as string))
      await api.show(first as string)
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
      await rm(mount, { recursive: true, force: true })
    }
  })
})

/** A home that has joined and run once, so that there is a token. */
async function readyHome(mesh: Mesh, name: string): Promise<string> {
  const home = await mesh.enrol({ name })
  await mesh.start(name)
  await mesh.stop(name)
  return home
}

/** Starts `intelmesh run` in a process of its own, under another command if one is given. */
async function runNode(
  home: string,
  under: readonly string[],
  tokenHome: string = home,
): Promise<{ child: ChildProcess; api: Api; pid: number }> {
  const run = ['run', '--home', home, '--json', '--listen', '/ip4/127.0.0.1/tcp/0']
  const line = [...under, PROGRAM, ...run]
  const environment = {
    ...process.env,
    INTELMESH_SYNC_INTERVAL_SECONDS: '1',
    INTELMESH_LOG_LEVEL: 'error',
    INTELMESH_GATE_ALLOW: 'reserved',
  }
  const child = spawn(line[0] ?? PROGRAM, line.slice(1), {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [text] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { apiAddress, pid } = JSON.parse(text) as { apiAddress: string; pid: number }
  const token = (await readFile(homePaths(tokenHome).token, 'utf8')).trim()
  return { child, api: createApiClient({ apiAddress, token }), pid }
}

function objectOf(): { where: string; text: string } {
  return { where: '1', text: textOf(stixOf()) }
}

async function publish(api: Api): Promise<readonly string[]> {
  const { published } = await api.publish({ tlp: 'green', objects: [objectOf()] })
  return published.map(({ record }) => record)
}

async function publishUntilDeath(api: Api, acknowledged: string[]): Promise<never> {
  for (;;) acknowledged.push(...(await publish(api)))
}
