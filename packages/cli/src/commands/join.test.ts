import type { JoinRequest, NewMembership } from '@intelmesh/node'
import { describe, expect, it, test } from 'vitest'
import { runTest } from '../testing/test-context.ts'
import { joinCommand } from './join.ts'

const MEMBERSHIP: NewMembership = {
  cluster: 'finance.eu',
  fingerprint: 'f0',
  organisation: { id: '01', name: 'Bank A' },
  node: '02',
  certificate: { id: '03', expires: '2030-01-15T00:00:00.000Z' },
}

/** The invite that the node is asked to join with. */
async function inviteOf(input: string): Promise<string | undefined> {
  let invite: string | undefined
  const join = async (request: JoinRequest): Promise<NewMembership> => {
    invite = request.invite
    return MEMBERSHIP
  }
  await runTest(['join', '-', '--home', 'h'], { input, node: { join } })
  return invite
}

describe(joinCommand.name, () => {
  test.for([
    ['alone', 'imesh1:abc\n'],
    ['as `aco invite` prints it', 'imesh1:abc\n\nSend this line to Bank A.\n  intelmesh join INVITE\n'],
    ['out of a mail', 'Dear Bank A,\r\n\r\nimesh1:abc\r\n\r\nYours, the ACO\r\n'],
  ] as const)('takes an invite %s', async ([, input]) => {
    expect((await inviteOf(input))?.trim()).toBe('imesh1:abc')
  })

  it('leaves an invite that was broken into lines whole', async () => {
    expect((await inviteOf('imesh1:ab\nc\n'))?.replace(/\s/g, '')).toBe('imesh1:abc')
  })

  it('lets the node say what is wrong with anything else', async () => {
    expect(await inviteOf('nothing')).toBe('nothing')
  })
})
