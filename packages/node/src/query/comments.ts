import { isWithin } from '@intelmesh/protocol'
import { isNegativeSighting, type JsonValue, type StixObject } from '@intelmesh/stix'
import type { Feedback } from '../api.ts'
import type { Hex, StoredRecord } from '../store/index.ts'
import { mayShow, type QueryComponents } from './may-show.ts'
import { shareOfEach } from './share-of-each.ts'
import { newestOfEach } from './versions.ts'
import { shorten, stixOf } from './views.ts'

/** STIX types by which members speak of each other's objects. */
export const COMMENT_KINDS = ['sighting', 'opinion', 'note'] as const
export type CommentKind = (typeof COMMENT_KINDS)[number]

/** What a member said of an object. */
export interface Comment {
  readonly record: Omit<StoredRecord, 'leaf'>
  readonly kind: CommentKind
  /** It calls the object a false positive, or disagrees with it. */
  readonly isNegative: boolean
  /** Sightings: 1. Opinions: 1 agrees, -1 disagrees, 0 neither. */
  readonly stance: number
  readonly summary: string
}

/** Comments by record id, as they are being read, for who asks about many objects: one may be about a hundred of them. */
export type KnownComments = Map<Hex, Promise<Comment | undefined>>

/** What was said of an object that the asker may see, newest arrival first. */
export async function commentsOn(
  components: QueryComponents,
  stixId: string,
  known: KnownComments = new Map(),
): Promise<readonly Comment[]> {
  const { store, clearance } = components
  const isInShare = shareOfEach(MAX_OF_ONE)
  const ids = await store.referring(
    stixId,
    MAX_COMMENTS,
    ({ organisation, tlp }) => isWithin(tlp, clearance()) && isInShare(organisation),
  )
  const fresh = ids.filter((id) => !known.has(id))
  const reading = readComments(components, fresh)
  for (const id of fresh)
    known.set(
      id,
      reading.then((comments) => comments.get(id)),
    )
  const read = await Promise.all(ids.flatMap((id) => known.get(id) ?? []))
  const comments = read.filter((comment) => comment !== undefined)
  const standing = new Set(newestOfEach(comments.map(({ record }) => record)))
  return comments.filter(({ record }) => standing.has(record))
}

async function readComments(
  components: QueryComponents,
  ids: readonly Hex[],
): Promise<ReadonlyMap<Hex, Comment | undefined>> {
  if (ids.length === 0) return new Map()
  const records = (await components.store.records(ids)).filter((record) => mayShow(components, record))
  return new Map(records.map((record) => [record.id, commentOf(components, record)]))
}

/** Reads a sighting, opinion or note; `undefined` for everything else. */
export function commentOf({ crypto }: QueryComponents, record: StoredRecord): Comment | undefined {
  const kind = COMMENT_KINDS.find((name) => name === record.stixType)
  const object = kind && stixOf(crypto, record)
  if (kind === undefined || object === undefined) return undefined
  const { leaf: _, ...row } = record
  return { record: row, kind, ...READERS[kind](object) }
}

/** Counts who said what. */
export function feedbackOf(comments: readonly Comment[]): Feedback {
  const who = (isMeant: (comment: Comment) => boolean): number =>
    new Set(comments.filter(isMeant).map(({ record }) => record.organisation)).size
  const opinions = newestOpinions(comments)
  return {
    sightings: who(({ kind, isNegative }) => kind === 'sighting' && !isNegative),
    negative: who(({ kind, isNegative }) => kind === 'sighting' && isNegative),
    agree: opinions.filter(({ stance }) => stance > 0).length,
    disagree: opinions.filter(({ stance }) => stance < 0).length,
    notes: who(({ kind }) => kind === 'note'),
  }
}

/** More says nothing new, and costs every look-up. */
const MAX_COMMENTS = 1_000
/** Of one organisation, so that nobody talks the others down. */
const MAX_OF_ONE = 100

const STANCES: Readonly<Record<string, number>> = {
  'strongly-agree': 1,
  agree: 1,
  neutral: 0,
  disagree: -1,
  'strongly-disagree': -1,
}

type Reading = Pick<Comment, 'isNegative' | 'stance' | 'summary'>

const READERS: Readonly<Record<CommentKind, (object: StixObject) => Reading>> = {
  sighting(object) {
    const isNegative = isNegativeSighting(object)
    const count = typeof object['count'] === 'number' ? object['count'] : 1
    const said = isNegative ? 'false positive' : count === 1 ? 'seen' : `seen ${count} times`
    return { isNegative, stance: isNegative ? -1 : 1, summary: withText(said, object['description']) }
  },
  opinion(object) {
    const opinion = textOf(object['opinion'])
    const stance = Object.hasOwn(STANCES, opinion) ? (STANCES[opinion] ?? 0) : 0
    return { isNegative: stance < 0, stance, summary: withText(opinion, object['explanation']) }
  },
  note: (object) => ({
    isNegative: false,
    stance: 0,
    summary: shorten(textOf(object['abstract']) || textOf(object['content'])),
  }),
}

function withText(said: string, text: JsonValue | undefined): string {
  return shorten(textOf(text) === '' ? said : `${said}: ${textOf(text)}`)
}

/** What admission lets in need not be valid STIX in full. */
function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** Of each organisation the opinion that it gave last, in however many objects it gave some. */
function newestOpinions(comments: readonly Comment[]): readonly Comment[] {
  const newest = new Map<Hex, Comment>()
  for (const comment of comments) {
    const { organisation, hlc } = comment.record
    const held = newest.get(organisation)
    if (comment.kind === 'opinion' && (held === undefined || held.record.hlc < hlc))
      newest.set(organisation, comment)
  }
  return [...newest.values()]
}
