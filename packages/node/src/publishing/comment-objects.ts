import {
  formatTimestamp,
  type JsonObject,
  NEGATIVE_SIGHTING,
  NEGATIVE_SIGHTING_EXTENSION,
  type StixObject,
} from '@intelmesh/stix'
import type { CommentRequest } from '../publish-api.ts'
import { ApiError } from '../errors.ts'

/** What a comment is about, and what makes it one of its own. */
export interface CommentOrigin {
  /** STIX id of what it is about. */
  readonly about: string
  readonly nowMs: number
  /** Lower-case UUID. */
  readonly uuid: string
}

/** The STIX object that says what a request asks to be said. @throws ApiError ARGUMENT_INVALID */
export function commentObject(request: CommentRequest, { about, nowMs, uuid }: CommentOrigin): StixObject {
  const now = formatTimestamp(nowMs)
  return {
    type: request.kind,
    spec_version: '2.1',
    id: `${request.kind}--${uuid}`,
    created: now,
    modified: now,
    ...SAYING[request.kind](request, about, now),
  }
}

type Saying = (request: CommentRequest, about: string, now: string) => JsonObject

const SAYING: Readonly<Record<CommentRequest['kind'], Saying>> = {
  sighting: ({ count = 1, isNegative = false, text }, about, now) => ({
    sighting_of_ref: about,
    count,
    first_seen: now,
    last_seen: now,
    ...(text !== undefined && { description: text }),
    ...(isNegative && { extensions: { [NEGATIVE_SIGHTING]: NEGATIVE_SIGHTING_EXTENSION } }),
  }),
  opinion: ({ opinion, text }, about) => ({
    opinion: needed(opinion, 'an opinion says how far it agrees'),
    object_refs: [about],
    ...(text !== undefined && { explanation: text }),
  }),
  note: ({ text }, about) => ({ content: needed(text, 'a note needs a text'), object_refs: [about] }),
}

function needed<T>(value: T | undefined, why: string): T {
  if (value === undefined) throw new ApiError('ARGUMENT_INVALID', why)
  return value
}
