import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { commands } from './commands/index.ts'
import { runIntelmesh } from './run-intelmesh.ts'
import { processTerminal } from './terminal/process-terminal.ts'

// Compiled code of the node package is kept between commands, which halves the work of starting one. It lies in a folder of the
// user's own: in the system's folder for temporary files another user could put something else there first.
enableCompileCache(join(homedir(), '.cache', 'intelmesh'))

const stopping = new AbortController()

/** A node that stops under load takes seconds. */
const GRACE_MS = 20_000

// A second signal finds no handler and ends the process the hard way; so does this one if nothing has come of it in time.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopping.abort()
    setTimeout(() => process.kill(process.pid, signal), GRACE_MS).unref()
  })
}

// Started with a channel to its parent, a process does not outlive it.
if (process.channel !== undefined) {
  process.once('disconnect', () => stopping.abort())
  process.channel.unref()
}

// `intelmesh records | head`: once nobody reads, there is nothing left to do.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    stopping.abort()
  })
}

process.exitCode = await runIntelmesh(commands, process.argv.slice(2), {
  terminal: processTerminal(stopping.signal),
  environment: process.env,
  now: () => Date.now(),
  signal: stopping.signal,
  loadNode: () => import('@intelmesh/node'),
})
