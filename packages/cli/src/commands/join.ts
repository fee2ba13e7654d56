import { readFile } from 'node:fs/promises'
import { type Command, defineCommand } from '../command.ts'
import { homeOf } from '../connect.ts'
import type { CommandContext } from '../context.ts'
import { HOME_OPTION, JSON_OPTION, PASSPHRASE_OPTION } from '../home-options.ts'
import { LISTEN_OPTION, listenSetting } from '../listen-option.ts'
import { membershipText } from '../output/membership.ts'
import { printable } from '../output/printable.ts'
import { chooseProtection } from '../passphrase.ts'
import { UsageError } from '../usage-error.ts'

/** An invite is one line of at most 2 KiB; mail programs add some around it. */
const MAX_INVITE_BYTES = 16 * 1024

/** `intelmesh join` */
export const joinCommand: Command = defineCommand({
  name: 'join',
  summary: 'join a cluster with the invite of its ACO',
  about: [
    'Makes the key of this node, has the ACO certify it, and writes the home. The secret in the invite never leaves this machine, and the answer is checked against the fingerprint in it.',
    'The key is kept in a file that only its owner may read, or under a passphrase with --passphrase-file.',
  ],
  args: [
    {
      name: 'INVITE',
      summary: 'the line that the ACO sent; @FILE reads it from a file, - from standard input',
    },
  ],
  options: {
    listen: LISTEN_OPTION,
    'passphrase-file': {
      ...PASSPHRASE_OPTION,
      summary: 'protect the key by the passphrase in this file, or on standard input',
    },
    json: JSON_OPTION,
    home: HOME_OPTION,
  },
  examples: [
    { line: 'intelmesh join imesh1:pWNhY28…', about: 'With the line from the ACO:' },
    {
      line: 'intelmesh join @invite.txt --listen /ip4/0.0.0.0/tcp/4650',
      about: 'From a file, with an address to listen on:',
    },
    {
      line: 'pass show intelmesh-invite | intelmesh join - --home /srv/intelmesh',
      about: 'From a password store:',
    },
  ],
  async run({ options, args: [given = ''] }, context) {
    const invite = await readInvite(given, context)
    const passphraseFile = options['passphrase-file']
    if (given === '-' && passphraseFile === '-')
      throw new UsageError('invite and passphrase cannot both come from standard input')
    const protection = await chooseProtection({ passphraseFile, isPlain: false, otherwise: 'plain' }, context)
    const node = await context.loadNode()
    const home = homeOf(options, context)
    let hasWaited = false
    const membership = await node.join({
      home,
      invite,
      protection,
      settings: listenSetting(options.listen),
      signal: context.signal,
      onWaiting(fingerprint) {
        if (!hasWaited) context.terminal.err.write(waitingText(fingerprint))
        hasWaited = true
      },
    })
    return { data: { home, ...membership }, text: (style) => membershipText(home, membership, style) }
  },
})

async function readInvite(given: string, { terminal }: CommandContext): Promise<string> {
  if (given === '-') return paragraphOf(new TextDecoder().decode(await terminal.readInput(MAX_INVITE_BYTES)))
  if (!given.startsWith('@')) return given
  const path = given.slice(1)
  const bytes = await readFile(path).catch(() => undefined)
  if (bytes === undefined || bytes.length > MAX_INVITE_BYTES)
    throw new UsageError(`${path} is no file with an invite`)
  return paragraphOf(bytes.toString('utf8'))
}

/** The invite out of a mail, or out of what `aco invite` printed: the paragraph that begins like one. */
function paragraphOf(text: string): string {
  return text.split(/\n\s*\n/).find((paragraph) => paragraph.trimStart().startsWith('imesh1:')) ?? text
}

function waitingText(fingerprint: string): string {
  return `The ACO compares fingerprints before it lets this node in. Read this one to them:\n  ${printable(fingerprint)}\nWaiting; Ctrl-C stops, and the same command goes on later.\n`
}
