import type { CommandGroup } from '../../command.ts'
import { compactCommand } from './compact.ts'
import { repairCommand } from './repair.ts'
import { statsCommand } from './stats.ts'
import { verifyCommand } from './verify.ts'

/** `intelmesh store …`: care for the files in which a node keeps what it holds. */
export const storeCommands: CommandGroup = {
  name: 'store',
  summary: 'look at, check, mend and tidy the store of a node',
  commands: [statsCommand, verifyCommand, repairCommand, compactCommand],
}
