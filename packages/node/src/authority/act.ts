import type { ActRequest, ActResult } from '../aco-api.ts'
import { ApiError } from '../errors.ts'
import { declare } from './declare.ts'
import type { Desk } from './desk.ts'
import { AuthorityError } from './errors.ts'
import type { MemberRow, MemberStanding } from './register.ts'
import type { Transaction } from './transaction.ts'
import { type Member, membersNamed } from './who.ts'

/**
 * Revokes, suspends or reinstates every key that `who` means: statements, status list, log and beacon in one step.
 *
 * @throws ApiError WHO_UNKNOWN, WHO_AMBIGUOUS, ARGUMENT_INVALID
 * @throws AuthorityError STATEMENT_FINAL, STATEMENT_POINTLESS, OPERATOR_EXPIRED
 * @see docs/spec/status.md, "Statements"
 */
export function act(desk: Desk, request: ActRequest): Promise<ActResult> {
  return desk.transact(async (step) => {
    const times = timesOf(request, step.at)
    const members = concerned(request, await membersNamed(desk, request.who))
    const nodes = members.map(({ node }) => node)
    const { action, reason } = request
    const { closes } = ACTIONS[action]
    const said = await declare(desk.store, step, { action, reason, nodes, closes, ...times })
    for (const member of members) turn(step, member, request.action, times.until)
    const beacon = await step.seal()
    return { ...said, beacon: beacon.number, nodes }
  })
}

interface Effect {
  /** Standings on which it has an effect. A revoked key may be revoked again, to name later heads. */
  readonly from: readonly MemberStanding[]
  readonly to: MemberStanding
  readonly status: 'valid' | 'invalid' | 'suspended'
  readonly closes: boolean
  /** Which of `since` and `until` it takes. */
  readonly takes: readonly ('since' | 'until')[]
}

const ACTIONS: Readonly<Record<ActRequest['action'], Effect>> = {
  revoke: {
    from: ['active', 'suspended', 'revoked', 'lapsed'],
    to: 'revoked',
    status: 'invalid',
    closes: true,
    takes: ['since'],
  },
  suspend: {
    from: ['active', 'suspended'],
    to: 'suspended',
    status: 'suspended',
    closes: true,
    takes: ['since', 'until'],
  },
  reinstate: { from: ['suspended'], to: 'active', status: 'valid', closes: false, takes: [] },
}

/** The members on which the action has an effect. */
function concerned({ action, who }: ActRequest, members: readonly Member[]): readonly Member[] {
  const { from } = ACTIONS[action]
  const fit = members.filter(({ row }) => from.includes(row.standing))
  if (fit.length > 0) return fit
  const isFinal = members.some(({ row }) => row.standing === 'revoked' || row.standing === 'lapsed')
  if (isFinal) {
    throw new AuthorityError(
      'STATEMENT_FINAL',
      `${who} is revoked or lapsed, which is final: invite it to join with a new key`,
    )
  }
  throw new AuthorityError('STATEMENT_POINTLESS', `${who} is not suspended`)
}

function turn(step: Transaction, { node, row }: Member, action: ActRequest['action'], until?: number): void {
  const { to, status } = ACTIONS[action]
  const { until: _, ...kept } = row
  const turned: MemberRow = { ...kept, standing: to, ...(until !== undefined && { until }) }
  step.put('member', node, turned)
  step.setStatus(row.statusIndex, status)
}

interface Times {
  readonly since?: number
  readonly until?: number
}

function timesOf(request: ActRequest, now: number): Times {
  const since = timeAt(request, 'since')
  const until = timeAt(request, 'until')
  if (since !== undefined && since > now) throw invalid('since: expected a time that has passed')
  if (until !== undefined && until <= now) throw invalid('until: expected a time to come')
  return { ...(since !== undefined && { since }), ...(until !== undefined && { until }) }
}

function timeAt(request: ActRequest, name: 'since' | 'until'): number | undefined {
  const text = request[name]
  if (text === undefined) return undefined
  if (!ACTIONS[request.action].takes.includes(name))
    throw invalid(`${name}: does not go with ${request.action}`)
  const time = ISO_8601.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time))
    throw invalid(`${name}: expected an ISO 8601 time with its zone, such as 2026-11-22T08:00:00Z`)
  return time
}

/** A date, or an instant with its zone: a time without one would mean another instant on another machine. */
const ISO_8601 = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/

function invalid(message: string): ApiError {
  return new ApiError('ARGUMENT_INVALID', message)
}
