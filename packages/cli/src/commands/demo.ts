import { randomBytes } from 'node:crypto'
import { type Command, defineCommand } from '../command.ts'
import { runDemo } from '../demo/run-demo.ts'
import { EXIT } from '../exit-codes.ts'

/** `intelmesh demo` */
export const demoCommand: Command = defineCommand({
  name: 'demo',
  summary: 'run a whole mesh on this machine and watch what it does',
  about: [
    'Starts an ACO and four members as processes of their own, joins them by invite, has each publish real threat intelligence, and shows it arrive everywhere. Then members look values up, a stranger is refused, a member is revoked, and a node goes away and comes back. Nothing leaves this machine.',
    'Stays up until Ctrl-C, so that you can try commands on its nodes. Exits 1 when anything did not hold.',
  ],
  args: [],
  options: {
    once: { kind: 'flag', summary: 'end after the summary instead of staying up' },
    seed: { kind: 'text', value: 'S', summary: 'make the choices of an earlier run again (default: any)' },
    input: {
      kind: 'text',
      value: 'FILE',
      repeats: true,
      summary: 'publish what is in this file, as `publish` reads it, instead of the feeds that come along',
    },
    scratch: {
      kind: 'text',
      value: 'DIR',
      summary: 'an empty folder for the homes (default: a temporary one)',
    },
    json: { kind: 'text', value: 'FILE', summary: 'write into this file what each step came to' },
    keep: { kind: 'flag', summary: 'leave the homes behind' },
  },
  examples: [
    { line: 'intelmesh demo', about: 'Watch, then try things:' },
    { line: 'intelmesh demo --once --seed 1 --json demo.json', about: 'As a test, with a report:' },
    {
      line: 'intelmesh demo --input bundle.json --input ips.txt --keep',
      about: 'With your own files, leaving the homes:',
    },
  ],
  async run({ options }, context) {
    const { once, input, scratch, json, keep } = options
    const seed = options.seed ?? randomBytes(3).toString('hex')
    const { held } = await runDemo({ isOnce: once, seed, input, scratch, json, keep }, context)
    return { exit: held ? EXIT.done : EXIT.failed }
  },
})
