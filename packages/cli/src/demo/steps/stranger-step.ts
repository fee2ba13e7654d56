import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import type { NodeApi, NodeStatus } from '@intelmesh/node'
import { CONTACT, decodeReply, encodeReply, fromHex, sealSign1, signerOf } from '@intelmesh/protocol'
import type { DemoNode } from '../demo-node.ts'
import { runCommand } from '../processes.ts'
import { type Demo, standing, type Step } from '../step.ts'
import { waitUntil } from '../wait-until.ts'
import { ACO_NAME, CLUSTER, LISTEN } from './found-step.ts'

/** What one who belongs to another ACO is told. */
const EXPECTED_CODE = 'CERT_CLUSTER_MISMATCH'

export const strangerStep: Step = {
  name: 'stranger',
  title: 'A stranger tries to come in',
  about:
    'Anybody can found a cluster of the same name and give certificates to themselves; this one has, and has got hold of the addresses of all nodes. Names prove nothing: each node checks the chain of signatures up to the root key by whose fingerprint it joined, before it says or sends anything.',
  async run(demo) {
    const { screen, launcher, signal, port } = demo
    const stranger = demo.createNode('stranger', 'The stranger', ['run'])
    screen.command(
      `intelmesh aco init --name '${ACO_NAME}' --cluster ${CLUSTER} --key-file --home ${stranger.home}`,
    )
    const words = ['aco', 'init', '--name', ACO_NAME, '--cluster', CLUSTER, '--key-file', ...LISTEN]
    await runCommand(launcher, [...words, '--json', '--home', stranger.home], { signal })
    const doors = standing(demo)
    const targets = await Promise.all(doors.map((door) => door.status()))
    await plantAddresses(port.homePaths(stranger.home).certificates, targets)
    screen.command(`intelmesh ${stranger.words.join(' ')}`)
    await stranger.start(signal)
    try {
      return await observe(demo, stranger, doors)
    } finally {
      await stranger.stop()
    }
  },
}

async function observe({ signal }: Demo, stranger: DemoNode, doors: readonly DemoNode[]) {
  const startedAt = performance.now()
  const own = await stranger.status()
  const told = await waitUntil(() => codesOf(stranger.api, doors.length), { everyMs: 200, signal })
  const noted = await waitUntil(
    async () => {
      const codes = await Promise.all(doors.map(({ api }) => codesOf(api, 1, own.node)))
      return codes.every((code) => code !== undefined) ? codes.flat() : undefined
    },
    { everyMs: 200, signal },
  )
  const refusedMs = Math.round(performance.now() - startedAt)
  const { records, peers } = await stranger.status()
  const codes = [...new Set([...(told ?? []), ...(noted ?? [])])]
  const isRefused = told !== undefined && noted !== undefined && codes.every((code) => code === EXPECTED_CODE)
  return {
    held: isRefused && records === 0 && peers === 0,
    says: isRefused
      ? `refused at all ${doors.length} doors with ${EXPECTED_CODE}; it holds ${records} records and has ${peers} peers`
      : `not every node refused the stranger as expected (${codes.join(', ') || 'no code was seen'})`,
    codes,
    measured: { doors: doors.length, records, peers, refusedMs },
  }
}

/** Codes of refused connections that a node noted; `undefined` while there are fewer than expected. */
async function codesOf(api: NodeApi, atLeast: number, from?: string): Promise<readonly string[] | undefined> {
  const rows = await api.quarantine({ limit: 100 })
  const refusals = rows.filter(
    (row) => row.what === 'connection' && (from === undefined || row.from === from),
  )
  return new Set(refusals.map((row) => row.from)).size >= atLeast
    ? [...new Set(refusals.map(({ code }) => code))]
    : undefined
}

/**
 * Writes addresses into the stranger's book, where its node looks for whom to dial first. A node believes an address of nobody: it
 * dials there, and who answers has to prove who it is.
 */
async function plantAddresses(file: string, targets: readonly NodeStatus[]): Promise<void> {
  const anybody = signerOf(new Uint8Array(randomBytes(32)))
  const contacts = await Promise.all(
    targets.map(({ node, certificate, addresses }) => {
      const claims = { node: fromHex(node), certificate: fromHex(certificate.id), at: 0, addresses }
      return sealSign1(CONTACT, claims, anybody)
    }),
  )
  const book = decodeReply(new Uint8Array(await readFile(file)))
  await writeFile(file, encodeReply({ ...book, contacts }))
}
