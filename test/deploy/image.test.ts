import { execFile, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const dockerfile = readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8').replaceAll('\\\n', ' ')

/** Instructions with their words, in order. */
const instructions = dockerfile
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.trim().split(/\s+/))

describe('the Dockerfile', () => {
  it('copies what is there and not ignored', () => {
    const sources = of('COPY')
      .filter(([first = '']) => !first.startsWith('--from='))
      .flatMap((words) => words.slice(0, -1))
    expect(sources.length).toBeGreaterThan(8)
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([])
    const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n')
    const kept = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
    expect(sources.filter((source) => !kept.some((path) => `${source}/`.startsWith(`${path}/`)))).toEqual([])
    expect(ignored).toEqual(expect.arrayContaining(['*', '**/node_modules', '**/dist']))
  })

  it('copies the manifest of every package, without which the lock file does not fit', () => {
    const copied = of('COPY').flatMap((words) => words.slice(0, -1))
    const lock = readFileSync(join(ROOT, 'pnpm-lock.yaml'), 'utf8')
    const importers = [...(/^importers:\n((?: .*\n|\n)*)/m.exec(lock)?.[1]?.matchAll(/^ {2}(\S+):$/gm) ?? [])]
    const manifests = importers.map(([, path = '']) => join(path, 'package.json'))
    expect(manifests.length).toBeGreaterThan(5)
    expect(manifests.filter((path) => !copied.includes(path))).toEqual([])
  })

  it('builds on the Node and pnpm that the project pins', () => {
    const manifest = readFileSync(join(ROOT, 'package.json'), 'utf8')
    const { devDependencies } = JSON.parse(manifest) as { devDependencies: Record<string, string> }
    for (const [image = ''] of of('FROM')) expect(image).toContain(`:${devDependencies['node']}-`)
    const pnpm = /pnpm@[\d.]+/.exec(readFileSync(join(ROOT, 'tools/setup.sh'), 'utf8'))?.[0]
    expect([...dockerfile.matchAll(/pnpm@[\d.]+/g)].map(([version]) => version)).toEqual([pnpm, pnpm, pnpm])
  })

  it('runs without root, says what it listens on, and keeps what changes in a volume', () => {
    const last = instructions.findLastIndex(([name]) => name === 'FROM')
    const final = instructions.slice(last)
    const user = final.findLast(([name]) => name === 'USER')?.[1]
    expect(user).toMatch(/^(?!root|0)/)
    expect(final.filter(([name]) => name === 'ADD')).toEqual([])
    expect(of('EXPOSE')).toEqual([['4650', '4651']])
    expect(of('VOLUME')).toEqual([['/var/lib/intelmesh']])
    expect(of('HEALTHCHECK').flat().join(' ')).toContain('"intelmesh", "peers"')
  })

  it.skipIf(!hasEngine())(
    'builds, and answers from a file system that is read-only',
    async () => {
      const docker = (...args: readonly string[]) =>
        promisify(execFile)('docker', args, { cwd: ROOT, timeout: 900_000 })
      await docker('build', '--file', 'deploy/Dockerfile', '--tag', 'intelmesh-test', '.')
      const run = ['run', '--rm', '--read-only', '--cap-drop', 'ALL', 'intelmesh-test']
      expect((await docker(...run, '--version')).stdout).toMatch(/^intelmesh \d/)
      const made = await docker(
        ...run,
        'aco',
        'init',
        '--name',
        'ACO',
        '--cluster',
        'finance.eu',
        '--key-file',
      )
      expect(made.stdout).toContain('fingerprint')
    },
    900_000,
  )
})

function of(instruction: string): readonly (readonly string[])[] {
  return instructions.filter(([name]) => name === instruction).map(([, ...words]) => words)
}

function hasEngine(): boolean {
  const found = spawnSync('docker', ['info'], { timeout: 20_000 }).status === 0
  if (!found) console.warn('SKIPPED: there is no container engine to build the image with')
  return found
}
