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
    askSecret: (question) => askSecret(question, signal),
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

async function readInput(maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  addAbortSignal(signal, process.stdin)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
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
