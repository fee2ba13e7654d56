import { isPrintable, isWithin } from '@intelmesh/protocol'
import type { InviteRequest } from '../aco-api.ts'
import { toHex } from '@intelmesh/protocol'
import { ApiError } from '../errors.ts'
import type { Hex } from '../store/index.ts'
import type { Desk } from './desk.ts'
import { AuthorityError } from './errors.ts'
import { type Grant, type InviteRow, type OrganisationRow, readRow, readRows } from './register.ts'

const MAX_NAME = 100
const MAX_DAYS = 366
/** A validity in fractions of a day is for tests of renewal; less than a minute is for nobody. */
const MIN_DAYS = 1 / 1440

/**
 * What a request to invite or to issue grants, with the id of its organisation: the one named, or a new one.
 *
 * @throws ApiError ARGUMENT_INVALID
 * @throws AuthorityError ORGANISATION_UNKNOWN, ORGANISATION_NAME_TAKEN
 */
export async function grantOf(desk: Desk, request: InviteRequest, at: number): Promise<Grant> {
  const { org: name, kind, roles, clearance, days } = request
  assertName(name)
  assertWithinOperator(desk, request)
  const organisation = request.organisation ?? toHex(desk.random(16))
  if (request.organisation !== undefined) await assertKnown(desk, request.organisation, name)
  await assertNameFree(desk, { name, organisation, at })
  await assertAcoRole(desk, roles, organisation)
  return {
    organisation,
    name,
    kind,
    roles: [...new Set(roles)],
    clearance,
    days,
    isLocal: request.local === true,
  }
}

/** Two names that people would take for one: compared without case, width and spacing. */
function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}

/** Whether an invite may still lead to a certificate. */
function isOpen({ reply, request, expiresAt }: InviteRow, at: number): boolean {
  return reply === undefined && (request !== undefined || expiresAt > at)
}

function assertName(name: string): void {
  const isFit = name.length >= 1 && name.length <= MAX_NAME && isPrintable(name) && name.trim() === name
  if (!isFit) throw invalid(`org: expected a name of 1 to ${MAX_NAME} printable characters`)
}

/** What the operator's own certificate does not allow would be refused by every member. */
function assertWithinOperator(desk: Desk, { kind, roles, clearance, days }: InviteRequest): void {
  const bounds = desk.chain().operator.claims.mesh
  if (!bounds.kinds.includes(kind)) throw invalid(`kind: this ACO may not certify ${kind}`)
  const role = roles.find((each) => !bounds.roles.includes(each))
  if (role !== undefined) throw invalid(`roles: this ACO may not certify ${role}`)
  if (!isWithin(clearance, bounds.clearance))
    throw invalid(`clearance: this ACO may certify up to ${bounds.clearance}`)
  if (!(days >= MIN_DAYS && days <= MAX_DAYS)) throw invalid(`days: expected up to ${MAX_DAYS} days`)
}

async function assertKnown({ store }: Desk, organisation: Hex, name: string): Promise<void> {
  const row = await readRow(store, 'org', organisation)
  if (row === undefined)
    throw new AuthorityError('ORGANISATION_UNKNOWN', `there is no organisation ${organisation}`)
  if (row.name !== name) throw invalid(`org: organisation ${organisation} is registered as ${row.name}`)
}

async function assertNameFree(
  desk: Desk,
  { name, organisation, at }: { name: string; organisation: Hex; at: number },
): Promise<void> {
  for await (const [id, row] of readRows(desk.store, 'org')) {
    if (id === organisation || foldName(row.name) !== foldName(name)) continue
    if (!(await isInForce(desk, { id, row, at }))) continue
    const remedy = `for a further node of it, name the organisation ${id}`
    throw new AuthorityError('ORGANISATION_NAME_TAKEN', `${row.name} is a member already: ${remedy}`)
  }
}

/** Who may act for the ACO in the mesh is the ACO itself. */
async function assertAcoRole(
  { store, ownNode }: Desk,
  roles: InviteRequest['roles'],
  organisation: Hex,
): Promise<void> {
  if (!roles.includes('aco')) return
  const own = await readRow(store, 'member', ownNode)
  if (own?.organisation !== organisation) throw invalid('roles: aco is for nodes of the ACO itself')
}

interface Candidate {
  readonly id: Hex
  readonly row: OrganisationRow
  readonly at: number
}

async function isInForce({ store }: Desk, { id, row, at }: Candidate): Promise<boolean> {
  for (const node of row.nodes) {
    const standing = (await readRow(store, 'member', node))?.standing
    if (standing === 'active' || standing === 'suspended') return true
  }
  for await (const [, invite] of readRows(store, 'invite')) {
    if (invite.organisation === id && isOpen(invite, at)) return true
  }
  return false
}

function invalid(message: string): ApiError {
  return new ApiError('ARGUMENT_INVALID', message)
}
