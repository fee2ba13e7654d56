import type { Desk } from './desk.ts'
import { ApiError } from '../errors.ts'
import type { Hex } from '../store/index.ts'
import { type MemberRow, readRow, readRows } from './register.ts'

/** A member key with its register row. */
export interface Member {
  readonly node: Hex
  readonly row: MemberRow
}

/**
 * The keys that `who` means: one by its node key id or the first 12 digits of it or more, or all of an organisation by its id
 * or exact name.
 *
 * @throws ApiError WHO_UNKNOWN, WHO_AMBIGUOUS
 */
export async function membersNamed({ store }: Pick<Desk, 'store'>, who: string): Promise<readonly Member[]> {
  const found = new Map<string, readonly Hex[]>()
  if ((await readRow(store, 'member', who)) !== undefined) found.set(`node ${who}`, [who])
  if (SHORT_ID.test(who))
    for await (const [node] of readRows(store, 'member'))
      if (node.startsWith(who)) found.set(`node ${node}`, [node])
  for await (const [id, { name, nodes }] of readRows(store, 'org')) {
    // An organisation that never came has no keys to act on, and must not stand in the way of one that did.
    if ((id === who || name === who) && nodes.length > 0) found.set(`organisation ${id} (${name})`, nodes)
  }
  const [nodes, ...others] = found.values()
  if (nodes === undefined) {
    throw new ApiError(
      'WHO_UNKNOWN',
      `no member has the id or the exact name ${JSON.stringify(who)}: see aco list`,
    )
  }
  if (others.length > 0) {
    throw new ApiError(
      'WHO_AMBIGUOUS',
      `${JSON.stringify(who)} may mean ${[...found.keys()].join(', ')}: name it by its id`,
    )
  }
  return Promise.all(nodes.map((node) => memberOf({ store }, node)))
}

/** What a table shows of a node key id. Who makes a key that begins like another's only makes the short form ambiguous. */
const SHORT_ID = /^[0-9a-f]{12,63}$/

async function memberOf({ store }: Pick<Desk, 'store'>, node: Hex): Promise<Member> {
  const row = await readRow(store, 'member', node)
  if (row === undefined) throw new ApiError('WHO_UNKNOWN', `no member has the node key id ${node}`)
  return { node, row }
}
