import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../../intelmesh', import.meta.url))
/** A dozen processes share the machine with the other tests. */
const DEMO_MS = 280_000
const MEMBERS = 4

interface NodeView {
  readonly organisation: string
  readonly pid: number
  readonly peers: number
  readonly records: number
  readonly roots: Readonly<Record<string, string>>
}

interface StepReport {
  readonly name: string
  readonly held: boolean
  readonly says: string
  readonly codes: readonly string[]
  readonly measured: Readonly<Record<string, number>>
  readonly details: readonly Readonly<Record<string, string | number>>[]
  readonly nodes: readonly NodeView[]
}

describe('intelmesh demo', () => {
  it('shows a whole mesh, and each of its steps holds', { timeout: DEMO_MS }, async () => {
    await using folder = await scratch()
    const file = join(folder.path, 'demo.json')
    const homes = join(folder.path, 'homes')
    await using demo = start(['--once', '--seed', '1', '--keep', '--scratch', homes, '--json', file])
    const [code] = (await once(demo.child, 'close')) as [number | null]
    const { steps } = JSON.parse(await readFile(file, 'utf8')) as { readonly steps: readonly StepReport[] }
    expect(steps.filter(({ held }) => !held).map(({ name, says }) => `${name}: ${says}`)).toEqual([])
    expect(steps.map(({ name }) => name)).toEqual([
      'found',
      'join',
      'publish',
      'look-up',
      'take-back',
      'stranger',
      'revoke',
      'return',
    ])
    expect(code).toBe(0)
    expect(demo.printed()).toContain('./intelmesh lookup')
    const of = (name: string): StepReport => steps.find((step) => step.name === name) as StepReport

    const joined = of('join').nodes
    expect(new Set(joined.map(({ pid }) => pid)).size).toBe(MEMBERS + 1)
    expect(joined.map(({ peers }) => peers)).toEqual(joined.map(() => MEMBERS))

    const published = of('publish')
    expect(published.measured['records']).toBeGreaterThan(3_000)
    expect(published.measured['refused']).toBe(0)
    expectEqual(published.nodes, published.measured['records'])

    const lookedUp = of('look-up').details
    expect(lookedUp).toHaveLength(2 * MEMBERS)
    for (const { found, saidBy, askedAt } of lookedUp) {
      expect(found).toBe('yes')
      expect(saidBy).not.toBe(askedAt)
    }

    expect(of('take-back').codes).toEqual(['GATE_WARNING_LIST'])
    expect(of('stranger').codes).toEqual(['CERT_CLUSTER_MISMATCH'])
    expect(of('stranger').measured).toMatchObject({ doors: MEMBERS + 1, records: 0, peers: 0 })

    const revoked = of('revoke')
    expect(revoked.codes).toContain('CERT_REVOKED')
    expect(revoked.details).toHaveLength(MEMBERS)
    const alone = revoked.nodes.filter(({ peers }) => peers === 0)
    expect(alone).toHaveLength(1)

    const outcast = alone[0]?.organisation
    expect(of('return').measured['missed']).toBeGreaterThan(100)
    const standing = of('return').nodes.filter(({ organisation }) => organisation !== outcast)
    expectEqual(standing, standing[0]?.records)
    const before = new Set(joined.map(({ pid }) => pid))
    expect(standing.filter(({ pid }) => !before.has(pid))).toHaveLength(1)

    // The nodes are stopped: the command opens the home that they left.
    const { value, record } = lookedUp[0] ?? {}
    const bank = lookedUp[0]?.['askedAt'] as string
    const answer = await ask(['lookup', String(value), '--json', '--home', join(homes, slugOf(bank))])
    expect(answer).toContain(String(record))

    const pids = steps.flatMap(({ nodes }) => nodes.map(({ pid }) => pid))
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('leaves no process behind when it is killed', { timeout: DEMO_MS }, async () => {
    await using folder = await scratch()
    const homes = join(folder.path, 'homes')
    await using demo = start(['--seed', '2', '--scratch', homes])
    // In the midst of starting: some have announced themselves, some are on their way.
    await vi.waitFor(async () => expect((await runningIn(homes)).length).toBeGreaterThanOrEqual(4), {
      timeout: 120_000,
      interval: 200,
    })
    expect((await processesOf(homes)).length).toBeGreaterThanOrEqual(4)
    demo.child.kill('SIGKILL')
    await vi.waitFor(async () => expect(await processesOf(homes)).toEqual([]), {
      timeout: 10_000,
      interval: 100,
    })
  })
})

/** The same records everywhere: so many, and one root per set. */
function expectEqual(nodes: readonly NodeView[], records: number | undefined): void {
  expect(new Set(nodes.map((node) => node.records))).toEqual(new Set([records]))
  expect(new Set(nodes.map(({ roots }) => JSON.stringify(roots))).size).toBe(1)
}

/** With a channel, so that a test run that is broken off leaves no mesh behind either. */
function start(
  words: readonly string[],
): AsyncDisposable & { readonly child: ChildProcess; printed(): string } {
  const child = spawn(PROGRAM, ['demo', ...words], {
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  })
  let out = ''
  child.stdout?.on('data', (chunk) => (out += String(chunk)))
  return {
    child,
    printed: () => out,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill()
      await once(child, 'close')
    },
  }
}

/** What a command prints. */
async function ask(words: readonly string[]): Promise<string> {
  const child = spawn(PROGRAM, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(child, 'close')
  return Buffer.concat(chunks).toString('utf8')
}

/** Processes that have announced themselves in the homes of a folder. */
async function runningIn(homes: string): Promise<readonly number[]> {
  const names = await readdir(homes).catch(() => [])
  const texts = await Promise.all(
    names.map((name) => readFile(join(homes, name, 'run.json'), 'utf8').catch(() => '{}')),
  )
  return texts.map((text) => (JSON.parse(text) as { pid?: number }).pid ?? 0).filter((pid) => pid > 0)
}

/** Processes whose command line names the homes of a folder. */
async function processesOf(homes: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(
    pids.map((pid) => readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '')),
  )
  return lines.filter((line) => line.includes(`${homes}/`))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function slugOf(organisation: string): string {
  return organisation.toLowerCase().replaceAll(' ', '-')
}

async function scratch(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'intelmesh-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}
