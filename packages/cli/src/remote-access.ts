import { readFile } from 'node:fs/promises'
import type { HomeChoice } from './connect.ts'
import type { CommandContext } from './context.ts'
import { UsageError } from './usage-error.ts'

type Choice = Pick<HomeChoice, 'api' | 'token-file' | 'home'>

/** The address of the node to ask: the option, else INTELMESH_API unless a home was named; none for that of a home. @throws UsageError */
export function apiOf(
  choice: Choice,
  { environment }: Pick<CommandContext, 'environment'>,
): string | undefined {
  if (choice.api !== undefined && choice.home !== undefined)
    throw new UsageError('--api and --home exclude each other: the node at the address has its own home')
  const text =
    choice.api ?? (choice.home === undefined ? environment['INTELMESH_API'] || undefined : undefined)
  return text === undefined ? undefined : originOf(text)
}

/** The token to show: what the option's file holds, else INTELMESH_TOKEN. Never an argument, which others can read. @throws UsageError */
export async function tokenFor(
  choice: Choice,
  { environment }: Pick<CommandContext, 'environment'>,
): Promise<string | undefined> {
  const path = choice['token-file']
  const text = path === undefined ? environment['INTELMESH_TOKEN'] || undefined : await readToken(path)
  const token = text?.trim()
  if (token !== undefined && !/^[!-~]{1,200}$/.test(token))
    throw new UsageError(`${path ?? 'INTELMESH_TOKEN'} holds no token: it is one word that begins with imt_`)
  return token
}

function originOf(text: string): string {
  const url = URL.parse(text)
  const isOrigin =
    url !== null &&
    ['http:', 'https:'].includes(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '' &&
    url.pathname === '/'
  if (!isOrigin)
    throw new UsageError(`expected an address such as http://127.0.0.1:4652, got ${JSON.stringify(text)}`)
  return url.origin
}

async function readToken(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const fault = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw new UsageError(`the token file ${path} cannot be read (${fault})`)
  }
}
