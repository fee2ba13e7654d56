import type { Opinion } from '@intelmesh/node'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { present } from '../present.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { COMMENT_OPTIONS, TARGET_ARGUMENT } from '../publish/comment-options.ts'
import { saidOutcome } from '../publish/render-said.ts'
import { UsageError } from '../usage-error.ts'

/** STIX 2.1 opinion-enum, as the node takes it: a table, so that one that is added there has to be added here. */
const OPINIONS: Readonly<Record<Opinion, true>> = {
  'strongly-agree': true,
  agree: true,
  neutral: true,
  disagree: true,
  'strongly-disagree': true,
}

/** `intelmesh opinion` */
export const opinionCommand: Command = defineCommand({
  name: 'opinion',
  summary: 'agree or disagree with what somebody published',
  about: [
    'Publishes a STIX opinion about it, and never touches it. Its author finds disagreement in their inbox.',
    'Exits 3 when nothing here is about the target, 4 when the opinion was refused or held back.',
  ],
  args: [TARGET_ARGUMENT, { name: 'OPINION', summary: Object.keys(OPINIONS).join(', ') }],
  options: {
    note: { kind: 'text', value: 'TEXT', summary: 'why' },
    ...COMMENT_OPTIONS,
    ...ASKING_OPTIONS,
  },
  examples: [
    {
      line: "intelmesh opinion 9f86d081884c7d65 disagree --note 'shared hosting, hundreds of sites'",
      about: 'Disagree, and say why:',
    },
  ],
  async run({ options, args: [target = '', word = ''] }, context) {
    const { tlp, note: text, allow } = options
    const opinion = readOpinion(word)
    await using node = await connect(options, context)
    return saidOutcome(
      await node.api.comment({ kind: 'opinion', target, opinion, allow, ...present({ tlp, text }) }),
    )
  },
})

function readOpinion(word: string): Opinion {
  const candidates = Object.keys(OPINIONS) as Opinion[]
  const opinion = candidates.find((candidate) => candidate === word.toLowerCase())
  if (opinion !== undefined) return opinion
  throw new UsageError(`there is no opinion ${JSON.stringify(word)}: say ${candidates.join(', ')}`, {
    word,
    candidates,
  })
}
