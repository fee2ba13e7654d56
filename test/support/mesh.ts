import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as pathOf } from 'node:path'
import {
  type AcoApi,
  createAco,
  type HomeAccess,
  type InviteRequest,
  join,
  loadConfig,
  type RunningNode,
  startNode,
} from '@intelmesh/node'
import { expect, vi } from 'vitest'
import { eventually } from './eventually.ts'

/** Settings by full name, such as `network.listen`. */
export type Settings = Readonly<Record<string, unknown>>

/** A member to be: what its invite grants, and what its node is set to. */
export interface MemberDraft extends Partial<Omit<InviteRequest, 'org'>> {
  readonly name: string
  /** Name of the organisation. @default the name of the member */
  readonly org?: string
  readonly settings?: Settings
}

export interface MeshDraft {
  readonly members: readonly (string | MemberDraft)[]
  /** Settings of the ACO's own node. */
  readonly aco?: Settings
}

/** One ACO and its members in this process, over loopback TCP, each in a home of its own. */
export interface Mesh extends AsyncDisposable {
  readonly aco: RunningNode & { readonly api: { readonly aco: AcoApi } }
  /** The member that runs under this name. */
  node(name: string): RunningNode
  running(): readonly RunningNode[]
  /** `aco` is the ACO's. */
  home(name: string): string
  access(name: string, settings?: Settings): HomeAccess
  /** An invite line. */
  invite(draft: MemberDraft): Promise<string>
  /** Makes the home of a new member, and does not start it. */
  enrol(draft: MemberDraft): Promise<string>
  start(name: string, settings?: Settings): Promise<RunningNode>
  stop(name: string): Promise<void>
}

/** Starts an ACO and its members, and waits until all of them are connected and agree. */
export async function startMesh({ members, aco: acoSettings = {} }: MeshDraft): Promise<Mesh> {
  const folder = await mkdtemp(pathOf(tmpdir(), 'mesh-'))
  await using starting = new AsyncDisposableStack()
  starting.defer(() => rm(folder, { recursive: true, force: true }))
  const home = (name: string): string => pathOf(folder, name)
  const newHome = (name: string) =>
    ({ home: home(name), settings: {}, protection: { kind: 'plain' } }) as const
  const access = (name: string, settings: Settings = {}): HomeAccess => ({
    home: home(name),
    config: configOf(settings),
    passphrase: async () => new Uint8Array(),
  })
  const nodes = starting.use(nodeTable())

  // The ACO is some days old, so that its certificates cover yesterday too.
  vi.setSystemTime(Date.now() - ACO_AGE_MS)
  await createAco({ ...newHome('aco'), name: 'Example ACO', cluster: 'finance.eu' })
  vi.useRealTimers()
  const aco = (await nodes.start('aco', access('aco', acoSettings))) as Mesh['aco']

  const mesh: Omit<Mesh, typeof Symbol.asyncDispose> = {
    aco,
    node: (name) => nodes.get(name),
    running: () => nodes.all(),
    home,
    access,
    async invite(draft) {
      const { name, settings: _settings, ...grant } = draft
      const { invite } = await aco.api.aco.invite({ ...GRANT, org: name, ...grant })
      return invite
    },
    async enrol(draft) {
      await join({
        ...newHome(draft.name),
        invite: await mesh.invite(draft),
        signal: AbortSignal.timeout(20_000),
        onWaiting() {},
      })
      return home(draft.name)
    },
    start: (name, settings) => nodes.start(name, access(name, settings)),
    stop: (name) => nodes.stop(name),
  }
  for (const member of members) {
    const draft = typeof member === 'string' ? { name: member } : member
    await mesh.enrol(draft)
    await mesh.start(draft.name, draft.settings)
  }
  if (members.length > 0) await allAgree(mesh.running())
  const started = starting.move()
  return { ...mesh, [Symbol.asyncDispose]: () => started.disposeAsync() }
}

/** Waits until the nodes are connected, hold the same sets, and know that they do. */
export async function allAgree(nodes: readonly RunningNode[]): Promise<void> {
  await eventually(async () => {
    const states = await Promise.all(nodes.map(({ api }) => api.status()))
    expect(states.map(({ isInSync }) => isInSync)).not.toContain(false)
    const roots = new Set(states.map(({ sets }) => JSON.stringify(sets)))
    expect(roots.size, [...roots].join(' ')).toBe(1)
  })
}

const ACO_AGE_MS = 2 * 86_400_000

const GRANT = { kind: 'member', roles: [], clearance: 'green', days: 14, local: true } as const

/** Ephemeral ports on loopback, nothing logged, sets compared every second, and addresses of examples may be published. */
const SETTINGS: Settings = {
  'network.listen': ['/ip4/127.0.0.1/tcp/0'],
  'enrolment.host': '127.0.0.1',
  'enrolment.port': 0,
  'enrolment.local': true,
  'log.level': 'silent',
  'gate.allow': ['reserved'],
  'sync.interval_seconds': 1,
}

function configOf(settings: Settings): HomeAccess['config'] {
  const flags = Object.entries({ ...SETTINGS, ...settings }).map(
    ([name, value]) => [name, { value, flag: `--${name}` }] as const,
  )
  return loadConfig({ environment: {}, flags: Object.fromEntries(flags) })
}

/** Nodes by name, in the order in which they were started. Disposing stops those that run. */
function nodeTable() {
  const nodes = new Map<string, RunningNode>()

  function get(name: string): RunningNode {
    const node = nodes.get(name)
    if (node === undefined) throw new RangeError(`${name} does not run`)
    return node
  }

  async function stop(name: string): Promise<void> {
    const node = get(name)
    nodes.delete(name)
    await node[Symbol.asyncDispose]()
  }

  return {
    get,
    stop,
    all: () => [...nodes.values()],
    async start(name: string, access: HomeAccess): Promise<RunningNode> {
      const node = await startNode(access)
      nodes.set(name, node)
      return node
    },
    async [Symbol.asyncDispose]() {
      for (const name of [...nodes.keys()].reverse()) await stop(name)
    },
  }
}
