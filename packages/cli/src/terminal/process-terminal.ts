import { createInterface } from 'node:readline/promises'
import { addAbortSignal } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { MeshError } from '@intelmesh/protocol'
import { UsageError } from '../usage-error.ts'
import type { Output, Terminal } from './terminal.ts'

/** The terminal of this process. Reading from it ends with `signal`. */
export function processTerminal(signal: AbortSignal): Terminal {
  return {
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    isInteractive: process.stdin.isTTY && process.stderr.isTTY,
    readInput: (maxBytes) => readInput(maxBytes, signal),
    readPieces: () => readPieces(signal),
    askSecret: (question) => askSecret(question, signal),
    confirm: (question) => confirm(question, signal),
  }
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    isTerminal: stream.isTTY,
    get columns() {
      return stream.isTTY ? stream.columns : undefined
    },
    write: (text) => void stream.write(text),
  }
}

function readPieces(signal: AbortSignal): AsyncIterable<Uint8Array> {
  return addAbortSignal(signal, process.stdin) as AsyncIterable<Uint8Array>
}

async function readInput(maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of readPieces(signal)) {
    size += chunk.length
    if (size > maxBytes) throw new UsageError(`standard input is longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const ENTER = /[\r\n]/
const END_OF_INPUT = '\u0004'
const INTERRUPT = '\u0003'
const ERASE: ReadonlySet<string> = new Set(['\b', '\u007f'])

/** Reads a line in raw mode, in which the terminal shows nothing of what is typed. */
async function askSecret(question: string, signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = process
  addAbortSignal(signal, stdin)
  // Before the question, so that what is typed at once is not shown either.
  stdin.setRawMode(true)
  stderr.write(question)
  const decoder = new StringDecoder('utf8')
  let typed: string[] = []
  try {
    for await (const chunk of stdin.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      for (const character of decoder.write(chunk)) {
        if (ENTER.test(character) || character === END_OF_INPUT) return typed.join('')
        if (character === INTERRUPT) throw new MeshError('INTERRUPTED', 'interrupted')
        if (ERASE.has(character)) typed = typed.slice(0, -1)
        else typed.push(character)
      }
    }
    return typed.join('')
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

/** On standard error, since standard output may go elsewhere. The terminal stays as it is, so that Ctrl-C is a signal. */
async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  const closing = new AbortController()
  reader.once('close', () => closing.abort())
  try {
    const answer = await reader.question(question, { signal: AbortSignal.any([signal, closing.signal]) })
    return ['y', 'yes'].includes(answer.trim().toLowerCase())
  } catch (error) {
    // Who ends the input instead of answering does not agree.
    if (signal.aborted || !closing.signal.aborted) throw error
    return false
  } finally {
    reader.close()
  }
}
