import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { present } from '../present.ts'
import { PUBLISHING_OPTIONS } from '../publish/publishing-options.ts'
import { readItems } from '../publish/read-items.ts'
import { saidOutcome } from '../publish/render-said.ts'
import { UsageError } from '../usage-error.ts'

/** `intelmesh amend` */
export const amendCommand: Command = defineCommand({
  name: 'amend',
  summary: 'publish a new version of an own record',
  about: [
    'The file holds the whole new version as one STIX object, with the id of the one before or without any. It keeps `created`; `modified` becomes later than before. Everybody who holds the old version takes the new one for it.',
    "Exits 3 when there is no such record, 4 when it is another organisation's, or the new version was refused or held back.",
  ],
  args: [
    { name: 'ID', summary: 'the record id or STIX id of an own record' },
    { name: 'FILE', summary: 'the new version; - reads standard input' },
  ],
  options: {
    tlp: { kind: 'tlp', value: 'L', summary: 'how far it may go (default: as far as before)' },
    expires: PUBLISHING_OPTIONS.expires,
    allow: PUBLISHING_OPTIONS.allow,
    ...ASKING_OPTIONS,
  },
  examples: [
    {
      line: 'intelmesh amend indicator--6a1b7a5c-0f5e-4a39-8a5d-0d4c3a0a6b11 corrected.json',
      about: 'A corrected indicator:',
    },
  ],
  async run({ options, args: [id = '', name = ''] }, context) {
    const { tlp, expires, allow } = options
    const { items, refused } = await readItems(name, { format: 'stix' }, context)
    const [fault] = refused
    if (fault !== undefined) throw new UsageError(`${fault.where}: ${fault.reason} (${fault.code})`)
    const [item, other] = items
    if (item === undefined || other !== undefined)
      throw new UsageError(`${name}: expected one STIX object, got ${items.length}`)
    const { text, where } = item
    await using node = await connect(options, context)
    return saidOutcome(await node.api.amend({ id, text, where, allow, ...present({ tlp, expires }) }))
  },
})
