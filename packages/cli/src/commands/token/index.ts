import type { CommandGroup } from '../../command.ts'
import { createCommand } from './create.ts'
import { listCommand } from './list.ts'
import { revokeCommand } from './revoke.ts'

/** `intelmesh token …`: access of people and programs to a node. */
export const tokenCommands: CommandGroup = {
  name: 'token',
  summary: 'give people and programs access of their own to the node',
  commands: [createCommand, listCommand, revokeCommand],
}
