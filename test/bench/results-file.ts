import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Result } from './result.ts'

/** What the results were measured on. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly node: string
  /** ISO 8601: when a row was measured last. */
  readonly measuredAt: string
}

const FOLDER = join(import.meta.dirname, '../../bench')
const RESULTS = join(FOLDER, 'results.json')
const MACHINE = join(FOLDER, 'machine.json')

/** Writes results to `bench/results.json`; rows that were not measured this time keep what they had. */
export async function saveResults(results: readonly Result[]): Promise<void> {
  const kept = (await readResults()).filter((old) => !results.some((result) => keyOf(result) === keyOf(old)))
  const all = [...kept, ...results].toSorted(inOrder)
  await mkdir(FOLDER, { recursive: true })
  await writeFile(RESULTS, `${JSON.stringify(all, null, 2)}\n`)
  await writeFile(MACHINE, `${JSON.stringify(thisMachine(), null, 2)}\n`)
}

/** What is kept, in the order of the table. */
export async function readResults(): Promise<readonly Result[]> {
  return existsSync(RESULTS) ? (JSON.parse(await readFile(RESULTS, 'utf8')) as readonly Result[]) : []
}

export async function readMachine(): Promise<Machine> {
  return JSON.parse(await readFile(MACHINE, 'utf8')) as Machine
}

function keyOf({ id, part }: Result): string {
  return `${id} ${part}`
}

/** H behind P, and P10 behind P9; the rows of one id as they were measured. */
function inOrder(a: Result, b: Result): number {
  const [kindA, kindB] = [a.id[0] ?? '', b.id[0] ?? '']
  if (kindA !== kindB) return kindA === 'P' ? -1 : 1
  return Number(a.id.slice(1)) - Number(b.id.slice(1))
}

function thisMachine(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    measuredAt: new Date().toISOString(),
  }
}
