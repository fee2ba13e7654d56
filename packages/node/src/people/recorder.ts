import type { Caller } from '../caller.ts'
import { ApiError } from '../errors.ts'
import type { Logger } from '../observe/index.ts'
import type { AuditAction } from '../people-api.ts'
import type { Note } from './entry.ts'
import type { Repeats } from './repeats.ts'
import type { Streams } from './streams.ts'
import { type Tokens, whoIs } from './tokens.ts'
import type { Trail } from './trail.ts'

export interface RecorderComponents {
  readonly trail: Pick<Trail, 'append'>
  readonly repeats: Pick<Repeats, 'see'>
  readonly tokens: Pick<Tokens, 'isLive'>
  readonly streams: Streams
  readonly logger: Logger
}

/** What the trail is told of one caller. */
export interface Recorder {
  /** Notes what was done. @throws ApiError AUDIT_FAILED: it is done, and the trail does not say so */
  did(action: AuditAction, detail: Note['detail']): Promise<void>
  /** Notes what was asked for: see {@link Repeats}. */
  asked(action: AuditAction, method: string, asked: Asked): Promise<void>
  /** Counts a stream until it is disposed of. @throws ApiError API_RATE_LIMITED */
  openStream(): Disposable
  /** @throws ApiError API_UNAUTHORISED once the caller's token has been revoked or has expired */
  assertLive(): void
}

/** What a reading request is about. */
export interface Asked {
  readonly detail: Note['detail']
  /** How many things were asked for, where a request may ask for many. */
  readonly values?: number
}

/** The recorder of a caller. */
export function createRecorder(
  { trail, repeats, tokens, streams, logger }: RecorderComponents,
  caller: Caller,
): Recorder {
  const who = whoIs(caller)
  return {
    async did(action, detail) {
      try {
        await trail.append({ ...who, action, detail }, { sync: true })
      } catch (cause) {
        logger.error('what was done could not be noted in the audit trail', { ...who, action, error: cause })
        throw new ApiError(
          'AUDIT_FAILED',
          'it was done, but the audit trail could not be written: look at the disk, and do not repeat it',
          { cause },
        )
      }
    },
    asked(action, method, { detail, values }) {
      const which = Object.entries(detail).map(([name, value]) => `${name}=${String(value)}`)
      const note: Note = {
        ...who,
        action,
        detail: { method, ...detail, ...(values !== undefined && { values }) },
      }
      return repeats.see({ note, which: which.join(' '), ...(values !== undefined && { values }) })
    },
    openStream: () => streams.open(caller),
    assertLive() {
      if (!tokens.isLive(caller)) throw new ApiError('API_UNAUTHORISED', 'the token is no longer valid')
    },
  }
}
