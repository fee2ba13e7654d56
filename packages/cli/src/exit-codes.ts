import { codeOf } from '@intelmesh/protocol'

/** How the process ends. These numbers are API. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  needsNode: 5,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What each exit code means, for the manual. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'anything else',
  2: 'wrong usage',
  3: 'nothing found',
  4: 'refused by policy or validation; with several inputs: something was refused, the rest is done',
  5: 'needs a running node',
}

/** The exit code of each error code that is not simply a failure. */
const EXIT_OF_CODE: ReadonlyMap<string, ExitCode> = new Map(
  Object.entries({
    USAGE: EXIT.usage,
    ARGUMENT_INVALID: EXIT.usage,
    CONFIG_INVALID: EXIT.usage,
    INVITE_MALFORMED: EXIT.usage,
    INVITE_CHECKSUM: EXIT.usage,
    WHO_AMBIGUOUS: EXIT.usage,
    WHO_UNKNOWN: EXIT.notFound,
    RECORD_NOT_FOUND: EXIT.notFound,
    TOKEN_NOT_FOUND: EXIT.notFound,
    RECORD_AMBIGUOUS: EXIT.usage,
    RECORD_NOT_OWN: EXIT.refused,
    RETRACTION_UNCONFIRMED: EXIT.refused,
    NODE_NOT_RUNNING: EXIT.needsNode,
    API_UNREACHABLE: EXIT.needsNode,
    API_UNAUTHORISED: EXIT.refused,
    API_FORBIDDEN: EXIT.refused,
    HOME_FORBIDDEN: EXIT.refused,
    TOKEN_LIMIT: EXIT.refused,
    NOT_ADMITTED: EXIT.refused,
    NEWER_THAN_ME: EXIT.refused,
    ORGANISATION_NAME_TAKEN: EXIT.refused,
    ORGANISATION_UNKNOWN: EXIT.notFound,
    OPERATOR_EXPIRED: EXIT.refused,
    JOIN_REFUSED: EXIT.refused,
    BACKUP_MISSING: EXIT.notFound,
  }),
)

/** Areas all of whose codes say that something was checked and does not hold. */
const REFUSING_AREAS: readonly string[] = [
  'BACKUP_',
  'CARRY_',
  'INVITE_',
  'FEED_',
  'REQUEST_',
  'REPLY_',
  'RENEWAL_',
  'NONCE_',
  'CERT_',
  'STATUS_',
  'BEACON_',
  'STATEMENT_',
  'COSE_',
  'LEAF_',
  'BATCH_',
  'CHAIN_',
  'CBOR_',
  'STRUCT_',
  'TEXT_',
  'EXPIRES_',
  'HEADER_',
  'PROOF_',
  'JSON_',
  'STIX_',
  'PATTERN_',
  'TLP_',
  'INPUT_',
  'RECIPIENT_',
  'LABEL_',
]

/** The exit code of an error, by its code. Errors without one are failures. */
export function exitCodeOf(error: unknown): ExitCode {
  const code = codeOf(error) ?? ''
  const isRefusal = REFUSING_AREAS.some((area) => code.startsWith(area))
  return EXIT_OF_CODE.get(code) ?? (isRefusal ? EXIT.refused : EXIT.failed)
}
