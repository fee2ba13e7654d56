import { readFile, stat } from 'node:fs/promises'
import type { KeyProtection } from '@intelmesh/node'
import type { CommandContext } from './context.ts'
import { UsageError } from './usage-error.ts'

/** Longer than anything a person types, or a generator makes. */
const MAX_PASSPHRASE_BYTES = 1024

/**
 * Where the passphrase of an existing key comes from: the option, INTELMESH_PASSPHRASE_FILE, or a question. Never an argument
 * or a variable, which other processes can read.
 */
export function passphraseSource(
  file: string | undefined,
  context: CommandContext,
): () => Promise<Uint8Array> {
  return async () => {
    const path = fileOf(file, context)
    if (path !== undefined) return readPassphrase(path, context)
    if (!context.terminal.isInteractive) {
      throw new UsageError(
        'the key needs its passphrase: give --passphrase-file FILE|-, or set INTELMESH_PASSPHRASE_FILE',
      )
    }
    return toBytes(await context.terminal.askSecret('Passphrase: '))
  }
}

/** What protects new keys. */
export interface ProtectionChoice {
  readonly passphraseFile: string | undefined
  /** `--key-file`: no passphrase, a file that only its owner may read. */
  readonly isPlain: boolean
  /** What happens without either choice: a question, or a plain key file. */
  readonly otherwise: 'ask' | 'plain'
}

/** How the keys that are about to be made are protected. A passphrase is asked for twice. @throws UsageError */
export async function chooseProtection(
  choice: ProtectionChoice,
  context: CommandContext,
): Promise<KeyProtection> {
  const path = fileOf(choice.passphraseFile, context)
  if (choice.isPlain && choice.passphraseFile !== undefined) {
    throw new UsageError('--key-file and --passphrase-file exclude each other')
  }
  if (choice.isPlain) return { kind: 'plain' }
  if (path !== undefined) return { kind: 'passphrase', passphrase: await readPassphrase(path, context) }
  if (choice.otherwise === 'plain') return { kind: 'plain' }
  if (!context.terminal.isInteractive) {
    throw new UsageError(
      'there is nobody to ask for a passphrase: give --passphrase-file FILE|- (or set INTELMESH_PASSPHRASE_FILE), or --key-file for keys without one',
    )
  }
  return { kind: 'passphrase', passphrase: await askTwice(context) }
}

function fileOf(file: string | undefined, { environment }: CommandContext): string | undefined {
  return file ?? (environment['INTELMESH_PASSPHRASE_FILE'] || undefined)
}

async function askTwice({ terminal }: CommandContext): Promise<Uint8Array> {
  const first = await terminal.askSecret('New passphrase: ')
  const second = await terminal.askSecret('Once more: ')
  if (first !== second) throw new UsageError('the two passphrases differ: run the command again')
  return toBytes(first)
}

async function readPassphrase(path: string, { terminal }: CommandContext): Promise<Uint8Array> {
  const bytes = path === '-' ? await terminal.readInput(MAX_PASSPHRASE_BYTES) : await readSmall(path)
  return toBytes(new TextDecoder().decode(bytes).replace(/\r?\n[^]*$/, ''))
}

async function readSmall(path: string): Promise<Uint8Array> {
  const size = await stat(path).then(
    ({ size: bytes }) => bytes,
    () => {
      throw new UsageError(`there is no passphrase file ${path}`)
    },
  )
  if (size > MAX_PASSPHRASE_BYTES) throw new UsageError(`${path} is too large for a passphrase`)
  return readFile(path)
}

function toBytes(passphrase: string): Uint8Array {
  if (passphrase === '') throw new UsageError('the passphrase is empty')
  return new TextEncoder().encode(passphrase.normalize('NFC'))
}
