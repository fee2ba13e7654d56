import type { CommandGroup } from '../../command.ts'
import { checkCommand } from './check.ts'

/** `intelmesh gate …`: what stands between a list and the mesh. */
export const gateCommands: CommandGroup = {
  name: 'gate',
  summary: 'see what would be held back before publishing',
  commands: [checkCommand],
}
