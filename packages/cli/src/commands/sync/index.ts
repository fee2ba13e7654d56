import type { CommandGroup } from '../../command.ts'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'

/** `intelmesh sync …`: records by file, where no network reaches. */
export const syncCommands: CommandGroup = {
  name: 'sync',
  summary: 'carry records by file to a node that no network reaches',
  commands: [exportCommand, importCommand],
}
