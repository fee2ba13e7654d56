import { readFile, writeFile } from 'node:fs/promises'
import type { IssueRequest } from '@intelmesh/node'
import { fromBase64url, toBase64url } from '@intelmesh/protocol'
import { type Command, defineCommand } from '../../command.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { printable } from '../../output/printable.ts'
import { UsageError } from '../../usage-error.ts'
import { connectAco } from './connect-aco.ts'
import { type GrantChoice, GRANT_OPTIONS, grantFor } from './grant-options.ts'

const MAX_REQUEST_BYTES = 8 * 1024

/** `intelmesh aco issue` */
export const issueCommand: Command = defineCommand({
  name: 'issue',
  summary: 'issue a certificate: to a request file, or to a request that waits',
  about: [
    'To a file that `intelmesh request` wrote, with --org; the reply goes into --out and back to the newcomer. Or, with --invite, to a request that waits because its invite was made with --confirm.',
  ],
  args: [{ name: 'FILE', summary: 'a request file', isOptional: true }],
  options: {
    invite: { kind: 'text', value: 'ID', summary: 'the invite whose request waits: see `aco requests`' },
    org: {
      kind: 'text',
      value: 'N',
      summary: 'for a file: the name of the organisation, as you vouch for it',
    },
    ...GRANT_OPTIONS,
    out: { kind: 'text', value: 'FILE', summary: 'for a file: where the reply goes (default: FILE.reply)' },
    ...ASKING_OPTIONS,
  },
  examples: [
    { line: "intelmesh aco issue bank-a.request --org 'Bank A' --out bank-a.reply", about: 'By file:' },
    { line: 'intelmesh aco issue --invite 0d9c…', about: 'After fingerprints were compared:' },
  ],
  async run({ options, args: [file] }, context) {
    const request = await requestFrom(file, options)
    await using connection = await connectAco(options, context)
    const result = await connection.aco.issue(request)
    const out = file === undefined ? undefined : (options.out ?? `${file}.reply`)
    if (out !== undefined) await writeFile(out, fromBase64url(result.reply))
    const { reply: _, ...told } = result
    return {
      data: { ...told, ...(out === undefined ? {} : { out }) },
      text: () =>
        `certified node ${result.node} of organisation ${result.organisation} (certificate ${result.certificate})\n${
          out === undefined
            ? ''
            : `Take ${printable(out)} to the newcomer: intelmesh install ${printable(out)} --fingerprint FINGERPRINT\n`
        }`,
    }
  },
})

interface IssueChoice extends GrantChoice {
  readonly invite: string | undefined
  readonly org: string | undefined
}

async function requestFrom(file: string | undefined, options: IssueChoice): Promise<IssueRequest> {
  if ((file === undefined) === (options.invite === undefined)) {
    throw new UsageError('name a request file, or the invite of a waiting request with --invite')
  }
  if (file === undefined) return { invite: options.invite ?? '' }
  if (options.org === undefined)
    throw new UsageError('--org is missing: say for which organisation the request is')
  const bytes = await readFile(file).catch(() => undefined)
  if (bytes === undefined || bytes.length > MAX_REQUEST_BYTES)
    throw new UsageError(`${file} is no request file`)
  return { request: toBase64url(bytes), grant: grantFor(options.org, options) }
}
