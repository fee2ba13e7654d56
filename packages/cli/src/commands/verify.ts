import { readFile } from 'node:fs/promises'
import type { ExportItem } from '@intelmesh/node'
import {
  codeOf,
  CERTIFICATE,
  type Crypto,
  fromBase64url,
  fromHex,
  keyIdOf,
  parseSign1,
  toHex,
} from '@intelmesh/protocol'
import { type Command, defineCommand } from '../command.ts'
import { checkBundle } from '../export/check-bundle.ts'
import { isProofFile, readProofFile } from '../export/read-proof-file.ts'
import { type VerifiedItem, verifyItem } from '../export/verify-item.ts'
import { EXIT } from '../exit-codes.ts'
import { HOME_OPTION, JSON_OPTION } from '../home-options.ts'
import { printable } from '../output/printable.ts'
import { paint, type Style } from '../output/style.ts'
import { UsageError } from '../usage-error.ts'

/** `intelmesh verify` */
export const verifyCommand: Command = defineCommand({
  name: 'verify',
  summary: 'check an export offline: signatures, certificate chains, inclusion',
  about: [
    'Takes a file of `intelmesh export --format proof`, or a STIX bundle together with the proof file of its objects. Needs no home, no node and no network.',
    'Give the fingerprint of the ACO with --fingerprint. Without it the file says itself whom to trust: then the check shows that it is whole, not that it is genuine. Whether a certificate was revoked since is not in a file.',
    'Exits 4 when anything does not hold.',
  ],
  args: [{ name: 'FILE', summary: 'the export to check' }],
  options: {
    fingerprint: {
      kind: 'text',
      value: 'F',
      summary: 'of the ACO, as `aco init`, `status` and the invite show it',
    },
    proof: { kind: 'text', value: 'FILE', summary: 'the proof file, when FILE is a bundle' },
    json: JSON_OPTION,
    home: HOME_OPTION,
  },
  examples: [
    { line: 'intelmesh verify bank-a.ndjson --fingerprint 4f1c…', about: 'Records with their proofs:' },
    {
      line: 'intelmesh verify bundle.json --proof bundle.ndjson',
      about: 'A bundle, by the proofs of its objects:',
    },
  ],
  async run({ options, args: [name = ''] }, context) {
    const text = await readText(name)
    if (options.proof === undefined && !isProofFile(text)) {
      throw new UsageError(
        `${name} holds no proofs: give those of its objects with --proof FILE (intelmesh export --format proof)`,
      )
    }
    const items = readProofFile(options.proof === undefined ? text : await readText(options.proof))
    const { nativeCrypto } = await context.loadNode()
    const pinned = options.fingerprint === undefined ? undefined : parseFingerprint(options.fingerprint)
    const root = pinned ?? rootOf(nativeCrypto, items)
    const verified: VerifiedItem[] = []
    const failed: Failure[] = []
    for (const item of items) {
      try {
        verified.push(await verifyItem(nativeCrypto, item, root))
      } catch (error) {
        failed.push({
          record: item.record,
          code: codeOf(error) ?? 'PROOF_MALFORMED',
          reason: messageOf(error),
        })
      }
    }
    if (options.proof !== undefined) failed.push(...checkBundle(text, verified))
    const result = {
      fingerprint: toHex(root),
      isPinned: pinned !== undefined,
      verified: verified.map(({ stix: _stix, ...rest }) => rest),
      failed,
    }
    return {
      data: result,
      exit: failed.length > 0 || items.length === 0 ? EXIT.refused : EXIT.done,
      text: (style) => renderResult(result, style),
    }
  },
})

interface Failure {
  readonly record: string
  readonly code: string
  readonly reason: string
}

interface Result {
  readonly fingerprint: string
  readonly isPinned: boolean
  readonly verified: readonly Omit<VerifiedItem, 'stix'>[]
  readonly failed: readonly Failure[]
}

async function readText(name: string): Promise<string> {
  try {
    return await readFile(name, 'utf8')
  } catch (cause) {
    throw new UsageError(`cannot read ${name} (${codeOf(cause) ?? 'unknown fault'})`)
  }
}

function parseFingerprint(text: string): Uint8Array {
  const digits = text.replace(/[\s:-]/g, '').toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(digits)) throw new UsageError('--fingerprint: expected 64 hexadecimal digits')
  return fromHex(digits)
}

/** Key id of the root that the first record names. */
function rootOf(crypto: Crypto, items: readonly ExportItem[]): Uint8Array {
  const last = items[0]?.chain.at(-1)
  if (last === undefined) throw new UsageError('the file holds no record')
  return keyIdOf(crypto, parseSign1(CERTIFICATE, fromBase64url(last)).claims.publicKey)
}

function renderResult({ fingerprint, isPinned, verified, failed }: Result, style: Style): string {
  const authors = new Map<string, number>()
  for (const { organisation, cluster } of verified) {
    const author = `${organisation.name} of ${cluster}`
    authors.set(author, (authors.get(author) ?? 0) + 1)
  }
  const warning =
    'NOT PINNED: the file itself names this ACO. Compare the fingerprint, then pass it with --fingerprint.'
  return [
    `ACO ${fingerprint}${isPinned ? '' : `\n${paint(style, 'yellow', warning)}`}`,
    paint(style, 'green', `${verified.length} records hold`),
    ...[...authors].map(([author, count]) => `  ${count} by ${printable(author)}`),
    ...(failed.length === 0 ? [] : [paint(style, 'red', `${failed.length} do not hold`)]),
    ...failed.map(({ record, code, reason }) => printable(`  ${record}: ${reason} (${code})`)),
    '',
  ].join('\n')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
