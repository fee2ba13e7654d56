import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { HomeAccess, NodeApi, NodeConfig } from '@intelmesh/node'
import { codeOf, MeshError } from '@intelmesh/protocol'
import type { CommandContext } from './context.ts'
import { passphraseSource } from './passphrase.ts'
import { apiOf, tokenFor } from './remote-access.ts'
import { UsageError } from './usage-error.ts'

/** What a command was told about the home it works on. */
export interface HomeChoice {
  readonly home?: string | undefined
  readonly 'passphrase-file'?: string | undefined
  /** Of a node to ask instead, whose home need not be here. */
  readonly api?: string | undefined
  readonly 'token-file'?: string | undefined
}

/** Something that answers for a home: its running node, or the home itself, opened by this process. */
export interface Connection extends AsyncDisposable {
  readonly api: NodeApi
  readonly isRunning: boolean
}

/** The home that is meant: the option, else INTELMESH_HOME, else `~/.intelmesh`. */
export function homeOf(choice: HomeChoice, { environment }: Pick<CommandContext, 'environment'>): string {
  return choice.home ?? (environment['INTELMESH_HOME'] || join(homedir(), '.intelmesh'))
}

/**
 * Finds the node at an address, or the running node of a home, or opens the home; who shows a token opens no home.
 *
 * @throws HomeError and ApiError, as those who open do; UsageError for an address or a token that is none
 */
export async function connect(choice: HomeChoice, context: CommandContext): Promise<Connection> {
  const token = await tokenFor(choice, context)
  if (token !== undefined || apiOf(choice, context) !== undefined) return connectRunning(choice, context)
  const deadline = context.now() + PATIENCE_MS
  for (;;) {
    const running = await findRunning(choice, context)
    if (running !== undefined) return running
    try {
      return await openHere(choice, context)
    } catch (error) {
      if (codeOf(error) !== 'HOME_IN_USE' || context.now() >= deadline) throw error
    }
    await delay(RETRY_MS, undefined, { signal: context.signal })
  }
}

/** Finds the node at an address, or the running node of a home. @throws MeshError NODE_NOT_RUNNING; UsageError */
export async function connectRunning(choice: HomeChoice, context: CommandContext): Promise<Connection> {
  const token = await tokenFor(choice, context)
  const apiAddress = apiOf(choice, context)
  if (apiAddress !== undefined) return connectTo(apiAddress, token, context)
  const running = await findRunning(choice, context, token)
  if (running === undefined) {
    throw new MeshError('NODE_NOT_RUNNING', `no node runs on ${homeOf(choice, context)}`)
  }
  return running
}

/** Settings and key access of a home, for who opens it in this process. @throws HomeError CONFIG_INVALID */
export async function homeAccess(
  choice: HomeChoice,
  context: CommandContext,
  flags: Readonly<Record<string, { readonly value: unknown; readonly flag: string }>> = {},
): Promise<HomeAccess> {
  const node = await context.loadNode()
  const home = homeOf(choice, context)
  const path = node.homePaths(home).config
  const text = await node.readIfPresent(path)
  const file = text === undefined ? {} : { file: { text, path } }
  const config: NodeConfig = node.loadConfig({ ...file, environment: context.environment, flags })
  return { home, config, passphrase: passphraseSource(choice['passphrase-file'], context) }
}

/** Another command holds the home for moments, a starting node until it answers. */
const PATIENCE_MS = 5_000
const RETRY_MS = 100

async function connectTo(
  apiAddress: string,
  token: string | undefined,
  context: CommandContext,
): Promise<Connection> {
  if (token === undefined)
    throw new UsageError(`${apiAddress} wants a token: set INTELMESH_TOKEN, or give --token-file FILE`)
  const node = await context.loadNode()
  return runningAt(node.createApiClient({ apiAddress, token }))
}

async function findRunning(
  choice: HomeChoice,
  context: CommandContext,
  token?: string,
): Promise<Connection | undefined> {
  const node = await context.loadNode()
  const owner = await node.findOwner(node.homePaths(homeOf(choice, context)), token)
  return owner && runningAt(node.createApiClient(owner))
}

function runningAt(api: NodeApi): Connection {
  return { api, isRunning: true, [Symbol.asyncDispose]: () => Promise.resolve() }
}

async function openHere(choice: HomeChoice, context: CommandContext): Promise<Connection> {
  const node = await context.loadNode()
  const opened = await node.openHome(await homeAccess(choice, context))
  return { api: opened.api, isRunning: false, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}
