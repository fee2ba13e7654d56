import type { CommandGroup } from '../../command.ts'
import { listCommand } from './list.ts'
import { verifyCommand } from './verify.ts'

/** `intelmesh audit …`: the trail of what was done and read through a node. */
export const auditCommands: CommandGroup = {
  name: 'audit',
  summary: 'read and check the trail of what was done and read, and by whom',
  commands: [listCommand, verifyCommand],
}
