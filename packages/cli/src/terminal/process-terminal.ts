import { StringDecoder } from 'node:string_decoder'
import { MeshError } from '@intelmesh/protocol'
import { UsageError } from '../usage-error.ts'
import type { Output, Terminal } from './terminal.ts'

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    isInteractive: process.stdin.isTTY && process.stderr.isTTY,
    readInput,
    askSecret,
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

async function readInput(maxBytes: number): Promise<Uint8Array> {
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
async function askSecret(question: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true)
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
