import { open, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { codeOf } from '@intelmesh/protocol'
import { damaged, storeErrorOf } from './errors.ts'

/**
 * Checksums of LevelDB's tables, which never change once they are written, in a file beside them. LevelDB reads a damaged table
 * without a look at its own checksums, and may end the process over what it finds: this tells before.
 *
 * @see docs/spec/store.md, "Damage"
 */
export interface TableSums {
  /** Reads all tables that are noted. @throws StoreError STORE_DAMAGED at the first that is not as it was; STORE_IO */
  check(): Promise<void>
  /**
   * Notes tables by their names, and forgets all others. They are whole, and no other file gets their names: a file of which
   * LevelDB made nothing, as when it was closed in the middle, would be written anew under its name.
   *
   * @throws StoreError STORE_IO, STORE_FULL
   */
  note(tables: readonly string[]): Promise<void>
}

interface Sum {
  readonly size: number
  /** Of all of its bytes, hexadecimal. */
  readonly sum: string
}

/** The sums of the tables in a LevelDB folder, as a file notes them. */
export function createTableSums({
  level,
  path,
}: {
  readonly level: string
  readonly path: string
}): TableSums {
  let sums: Map<string, Sum> | undefined
  let written = ''
  /** One after the other: all read through the same bytes. */
  let turn: Promise<unknown> = Promise.resolve()
  const room = new Uint8Array(ROOM_BYTES)

  async function check(): Promise<void> {
    sums ??= parseSums(await readFile(path, 'utf8').catch(() => ''))
    for (const [name, { size, sum }] of sums) {
      const found = await sumOf(join(level, name), room)
      if (found === undefined) continue
      if (found.size !== size || found.sum !== sum) throw damaged(`table ${name} is not as it was written`)
    }
  }

  async function note(tables: readonly string[]): Promise<void> {
    const next = new Map<string, Sum>()
    for (const name of tables.toSorted()) {
      const sum = sums?.get(name) ?? (await sumOf(join(level, name), room))
      if (sum !== undefined) next.set(name, sum)
    }
    sums = next
    const text = formatSums(next)
    if (text === written) return
    await writeFile(`${path}.next`, text, { mode: 0o600 })
    await rename(`${path}.next`, path)
    written = text
  }

  function inTurn(action: () => Promise<void>): Promise<void> {
    const done = turn.then(action).catch((error: unknown) => {
      throw storeErrorOf(error)
    })
    turn = done.catch(() => undefined)
    return done
  }

  return { check: () => inTurn(check), note: (tables) => inTurn(() => note(tables)) }
}

/** A piece of it takes no longer than a ms or so. */
const ROOM_BYTES: number = 1024 * 1024
const LINE = /^(?<name>\d{6,}\.ldb) (?<size>\d{1,15}) (?<sum>[0-9a-f]{8})$/

async function sumOf(path: string, room: Uint8Array): Promise<Sum | undefined> {
  const opened = await open(path).catch(ifThere)
  if (opened === undefined) return undefined
  await using file = opened
  let [size, sum] = [0, 0]
  for (;;) {
    const { bytesRead } = await file.read(room, 0, room.length)
    if (bytesRead === 0) break
    sum = crc32(room.subarray(0, bytesRead), sum)
    size += bytesRead
  }
  return { size, sum: sumText(sum) }
}

/** Tables go while they are looked at. */
function ifThere(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}

function sumText(sum: number): string {
  return sum.toString(16).padStart(8, '0')
}

/** A line for each table, and at the end one that holds for all lines before it. */
function formatSums(sums: ReadonlyMap<string, Sum>): string {
  const lines = [...sums].map(([name, { size, sum }]) => `${name} ${size} ${sum}\n`).join('')
  return `${lines}${sumText(crc32(lines))}\n`
}

/** None of a file that is not as it was written: it is no store's loss. */
function parseSums(text: string): Map<string, Sum> {
  const end = text.length - SUM_LINE
  const sums = new Map<string, Sum>()
  if (end < 0 || text.slice(end) !== `${sumText(crc32(text.slice(0, end)))}\n`) return sums
  for (const line of text.slice(0, end).split('\n')) {
    const { name, size, sum } = LINE.exec(line)?.groups ?? {}
    if (name !== undefined && size !== undefined && sum !== undefined)
      sums.set(name, { size: Number(size), sum })
  }
  return sums
}

const SUM_LINE = 9
