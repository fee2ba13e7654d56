import type { CommandGroup } from '../../command.ts'
import { acoActCommands } from './act.ts'
import { initCommand } from './init.ts'
import { inviteCommand } from './invite.ts'
import { issueCommand } from './issue.ts'
import { listCommand } from './list.ts'
import { renewOperatorCommand } from './renew-operator.ts'
import { requestsCommand } from './requests.ts'
import { resumeCommand } from './resume.ts'
import { serveCommand } from './serve.ts'

/** `intelmesh aco …`: what an Accountable Cybersecurity Organization does. */
export const acoCommands: CommandGroup = {
  name: 'aco',
  summary: 'found a cluster, let organisations in, and keep its register',
  commands: [
    initCommand,
    serveCommand,
    inviteCommand,
    requestsCommand,
    issueCommand,
    listCommand,
    ...acoActCommands,
    renewOperatorCommand,
    resumeCommand,
  ],
}
