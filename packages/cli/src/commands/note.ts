import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { present } from '../present.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { COMMENT_OPTIONS, TARGET_ARGUMENT } from '../publish/comment-options.ts'
import { saidOutcome } from '../publish/render-said.ts'

/** `intelmesh note` */
export const noteCommand: Command = defineCommand({
  name: 'note',
  summary: 'add a note to what somebody published',
  about: [
    'Publishes a STIX note about it, and never touches it.',
    'Exits 3 when nothing here is about the target, 4 when the note was refused or held back.',
  ],
  args: [TARGET_ARGUMENT, { name: 'TEXT', summary: 'what there is to say' }],
  options: { ...COMMENT_OPTIONS, ...ASKING_OPTIONS },
  examples: [
    {
      line: "intelmesh note evil.example 'sinkholed since Tuesday'",
      about: 'What else is known of a value:',
    },
  ],
  async run({ options, args: [target = '', text = ''] }, context) {
    const { tlp, allow } = options
    await using node = await connect(options, context)
    return saidOutcome(await node.api.comment({ kind: 'note', target, text, allow, ...present({ tlp }) }))
  },
})
