import type { Command, CommandGroup } from '../command.ts'
import { acoCommands } from './aco/index.ts'
import { amendCommand } from './amend.ts'
import { auditCommands } from './audit/index.ts'
import { backupCommand } from './backup.ts'
import { completionCommand } from './completion.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { exportCommand } from './export.ts'
import { feedsCommand } from './feeds.ts'
import { gateCommands } from './gate/index.ts'
import { inboxCommand } from './inbox.ts'
import { installCommand } from './install.ts'
import { joinCommand } from './join.ts'
import { lookupCommand } from './lookup.ts'
import { matchCommand } from './match.ts'
import { noteCommand } from './note.ts'
import { opinionCommand } from './opinion.ts'
import { peersCommand } from './peers.ts'
import { publishCommand } from './publish.ts'
import { quarantineCommand } from './quarantine.ts'
import { recordsCommand } from './records.ts'
import { requestCommand } from './request.ts'
import { restoreCommand } from './restore.ts'
import { retractCommand } from './retract.ts'
import { runCommand } from './run.ts'
import { serviceCommands } from './service.ts'
import { showCommand } from './show.ts'
import { sightCommand } from './sight.ts'
import { storeCommands } from './store/index.ts'
import { statusCommand } from './status.ts'
import { syncCommands } from './sync/index.ts'
import { tailCommand } from './tail.ts'
import { tokenCommands } from './token/index.ts'
import { verifyCommand } from './verify.ts'
import { watchCommand } from './watch.ts'

/** Every command, in the order in which the help lists them. */
export const commands: readonly (Command | CommandGroup)[] = [
  acoCommands,
  joinCommand,
  requestCommand,
  installCommand,
  runCommand,
  publishCommand,
  watchCommand,
  feedsCommand,
  gateCommands,
  retractCommand,
  amendCommand,
  sightCommand,
  opinionCommand,
  noteCommand,
  lookupCommand,
  matchCommand,
  recordsCommand,
  showCommand,
  inboxCommand,
  tailCommand,
  statusCommand,
  peersCommand,
  quarantineCommand,
  doctorCommand,
  exportCommand,
  verifyCommand,
  tokenCommands,
  auditCommands,
  backupCommand,
  restoreCommand,
  syncCommands,
  storeCommands,
  serviceCommands,
  completionCommand(() => commands),
  demoCommand,
]
