import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Result } from './result.ts'

interface Ended {
  readonly code: number
  readonly out: string
}

function bench(...args: readonly string[]): Promise<Ended> {
  const script = join(import.meta.dirname, 'main.ts')
  return new Promise((resolve) =>
    execFile(process.execPath, ['--conditions=source', script, ...args], (error, out) =>
      resolve({ code: Number(error?.code ?? 0), out }),
    ),
  )
}

describe('pnpm bench', () => {
  it('measures what it is asked for in a process of its own', async () => {
    const { code, out } = await bench('p9', '--quick', '--json')
    const [result] = JSON.parse(out) as readonly Result[]
    expect(code).toBe(0)
    expect(result).toMatchObject({ id: 'P9', n: 200, runs: 1, spread: 0 })
    expect(result?.ratio).toBe((result?.ours ?? 0) / (result?.yardstick ?? 0))
  })
})
