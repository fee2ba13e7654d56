import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { CommandContext } from '../context.ts'
import { shellWord } from '../output/membership.ts'
import { styleOf } from '../output/style.ts'
import { readContent } from './content.ts'
import { createCrew } from './crew.ts'
import { DemoError } from './processes.ts'
import type { DemoReport } from './report.ts'
import { runSteps } from './run-steps.ts'
import { createScreen } from './screen.ts'
import { showHowTo, showSummary } from './show-summary.ts'
import type { Demo } from './step.ts'
import { ACO_NAME, CLUSTER } from './steps/found-step.ts'
import { takeFolder } from './take-folder.ts'

/** How the demo is run. */
export interface DemoOptions {
  /** Ends after the steps instead of staying up. */
  readonly isOnce: boolean
  readonly seed: string
  /** Files to publish instead of the feeds. */
  readonly input: readonly string[]
  /** Folder for the homes, which must be empty or not there yet; a temporary one otherwise. */
  readonly scratch: string | undefined
  /** File for the report. */
  readonly json: string | undefined
  /** Leaves the homes behind. */
  readonly keep: boolean
}

const MEMBER_NAMES: readonly string[] = ['Bank Aster', 'Bank Birch', 'Bank Cedar', 'Bank Dahlia']

/**
 * Runs a mesh of real processes on this machine and shows what it does.
 *
 * @throws DemoError DEMO_FOLDER_TAKEN; AbortError after Ctrl-C during the steps
 */
export async function runDemo(options: DemoOptions, context: CommandContext): Promise<DemoReport> {
  const startedAt = performance.now()
  const port = await context.loadNode()
  const screen = createScreen(context.terminal.out, styleOf(context.terminal.out, context.environment), () =>
    performance.now(),
  )
  screen.title(`A mesh for ${CLUSTER}: one ACO and four members, each a process of its own on this machine`)
  const { seed, input } = options
  screen.line(`Seed ${seed}: the same seed makes the same choices (--seed ${shellWord(seed)}).`)
  const content = await readContent({ members: MEMBER_NAMES.length, seed, input }, context)
  await using folder = await takeFolder(options)
  screen.line(`Homes in ${folder.path}${options.keep ? '' : ', removed at the end unless --keep is given'}.`)
  await using crew = createCrew(folder.path, { context, port })
  const demo: Demo = {
    context,
    port,
    seed,
    screen,
    content,
    launcher: crew.launcher,
    aco: crew.createNode('aco', ACO_NAME, ['aco', 'serve', '--local']),
    members: MEMBER_NAMES.map((name) => crew.createNode(slugOf(name), name, ['run'])),
    publications: [],
    tombstones: [],
    revoked: [],
    createNode: (...node) => crew.createNode(...node),
    signal: crew.signal,
  }
  context.signal.addEventListener('abort', () => screen.line('Stopping the nodes.'))
  const steps = await runSteps(demo)
  const held = steps.every((step) => step.held)
  const ms = Math.round(performance.now() - startedAt)
  const report: DemoReport = { seed, cluster: CLUSTER, held, ms, folder: folder.path, steps }
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`)
  showSummary(screen, report)
  const fingerprint = demo.aco.isUp ? (await demo.aco.status()).aco.fingerprint : ''
  if (options.isOnce) await crew[Symbol.asyncDispose]()
  if (fingerprint !== '' && (options.keep || !options.isOnce)) showHowTo(demo, fingerprint)
  return options.isOnce || demo.signal.aborted ? report : { ...report, held: await stayUp(demo, held) }
}

/** Until Ctrl-C, or until a node dies. */
async function stayUp({ context, screen, signal }: Demo, held: boolean): Promise<boolean> {
  screen.line('The mesh stays up until Ctrl-C.')
  if (!signal.aborted) await once(signal, 'abort')
  if (!context.signal.aborted)
    screen.verdict(false, signal.reason instanceof DemoError ? signal.reason.message : 'a node died')
  return held && context.signal.aborted
}

/** `bank-aster` */
function slugOf(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-')
}
