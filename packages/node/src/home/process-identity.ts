import { readFileSync } from 'node:fs'

/** A process, told apart from a later one that got the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from boot to its start, as the system counts them; absent where the system does not tell. */
  readonly startedAt?: string
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const startedAt = readProcess(process.pid)?.startedAt
  return startedAt === undefined ? { pid: process.pid } : { pid: process.pid, startedAt }
}

/** Whether that very process still lives: not one that got its pid later, and not one that only waits to be reaped. */
export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  if (!answersSignals(pid)) return false
  const now = readProcess(pid)
  if (now === undefined) return true
  return !DEAD_STATES.has(now.state) && (startedAt === undefined || startedAt === now.startedAt)
}

/** Reads what JSON text says of a process, and the other texts it holds. Anything in another form counts as not there. */
export function parseIdentity(
  text: string | undefined,
): (ProcessIdentity & { readonly apiAddress?: string }) | undefined {
  const { pid, startedAt, apiAddress } = parseObject(text ?? '')
  if (typeof pid !== 'number') return undefined
  return {
    pid,
    ...(typeof startedAt === 'string' ? { startedAt } : {}),
    ...(typeof apiAddress === 'string' ? { apiAddress } : {}),
  }
}

/** States of `/proc/<pid>/stat`: zombie, dead. */
const DEAD_STATES: ReadonlySet<string> = new Set(['Z', 'X', 'x'])

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function answersSignals(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** State and start of a process, fields 3 and 22 of `/proc/<pid>/stat`; field 2 may hold blanks and brackets. @see proc(5) */
function readProcess(pid: number): { readonly state: string; readonly startedAt: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, startedAt] = [fields[0], fields[19]]
    return state === undefined || startedAt === undefined ? undefined : { state, startedAt }
  } catch {
    return undefined
  }
}
