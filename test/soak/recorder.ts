import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'

/**
 * The process that remembers what was acknowledged, apart from those that are killed: writes the record ids of each message, one
 * a line, into the file that it is started with, and answers once they are on disk.
 */
const file = openSync(process.argv[2] ?? '', 'a', 0o600)

process.on('message', ({ number, ids }: { readonly number: number; readonly ids: readonly string[] }) => {
  writeSync(file, ids.map((id) => `${id}\n`).join(''))
  fsyncSync(file)
  process.send?.({ number })
})
process.on('disconnect', () => closeSync(file))
