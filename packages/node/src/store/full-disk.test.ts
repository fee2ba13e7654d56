import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const SCRIPT = fileURLToPath(new URL('./testing/fill-disk.ts', import.meta.url))

/** Runs a command with a small file system of its own mounted at `folder`. */
function runOnSmallDisk(
  folder: string,
  command: readonly string[],
): { status: number | null; output: string } {
  const script = 'mount -t tmpfs -o size=48m none "$0" && exec "$@"'
  const { status, stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script, folder, ...command], {
    encoding: 'utf8',
  })
  return { status, output: `${stdout ?? ''}${stderr ?? ''}` }
}

describe('a full disk', () => {
  it('refuses commits, keeps what was acknowledged, and goes on when there is room', async ({ skip }) => {
    const folder = await mkdtemp(join(tmpdir(), 'store-'))
    if (runOnSmallDisk(folder, ['true']).status !== 0) {
      await rm(folder, { recursive: true })
      skip('this system lets nobody mount a small file system: unshare -rm and mount -t tmpfs failed')
    }
    const { status, output } = runOnSmallDisk(folder, [
      process.execPath,
      '--conditions=source',
      SCRIPT,
      folder,
    ])
    await rm(folder, { recursive: true })
    expect(output).toBe(
      'refused beforehand\nrecovered from a failed write\nrecovered from a failed opening\nlost nothing\n',
    )
    expect(status).toBe(0)
  })
})
