import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { present } from '../present.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { COMMENT_OPTIONS, TARGET_ARGUMENT } from '../publish/comment-options.ts'
import { saidOutcome } from '../publish/render-said.ts'

/** `intelmesh sight` */
export const sightCommand: Command = defineCommand({
  name: 'sight',
  summary: 'say that something was seen, or that it is a false positive',
  about: [
    'Publishes a STIX sighting about what somebody published, and never touches it. A false positive (--negative) is put in front of its author, who decides.',
    'Exits 3 when nothing here is about the target, 4 when the sighting was refused or held back.',
  ],
  args: [TARGET_ARGUMENT],
  options: {
    count: { kind: 'whole', value: 'N', summary: 'how often it was seen (default 1)' },
    negative: { kind: 'flag', summary: 'it is a false positive' },
    note: { kind: 'text', value: 'TEXT', summary: 'what there is to say about it' },
    ...COMMENT_OPTIONS,
    ...ASKING_OPTIONS,
  },
  examples: [
    { line: 'intelmesh sight 198.51.100.7 --count 12', about: 'Seen twelve times:' },
    {
      line: "intelmesh sight updates.example --negative --note 'our own software asks there'",
      about: 'A false positive:',
    },
  ],
  async run({ options, args: [target = ''] }, context) {
    const { tlp, count, negative: isNegative, note: text, allow } = options
    await using node = await connect(options, context)
    return saidOutcome(
      await node.api.comment({
        kind: 'sighting',
        target,
        isNegative,
        allow,
        ...present({ tlp, count, text }),
      }),
    )
  },
})
