import type { TlpLabel } from '@intelmesh/protocol'
import type { PublishRequest, PublishResult } from '../publish-api.ts'

/** Small requests that wait for their turn together, and then are one: one batch, one write and one message for all of them. */
export interface JointRequest {
  /** Takes a request in, unless it says something else than the first, or there is no room. Gives its place. */
  join(request: PublishRequest, clearance: TlpLabel): number | undefined
  /** All of them as one. */
  whole(): PublishRequest
  /** What came of each, by its place. */
  parts(result: PublishResult): readonly PublishResult[]
}

/** Objects in all. */
const MAX_OBJECTS = 512
/** Characters in all: a batch or two. */
const MAX_CHARS: number = 128 * 1024

/** Begins with the request that came first. */
export function createJointRequest(first: PublishRequest, clearance: TlpLabel): JointRequest {
  const terms = termsOf(first, clearance)
  const requests = [first]
  let objects = first.objects.length
  let chars = charsOf(first)

  return {
    join(request, mayServe) {
      if (terms === undefined || termsOf(request, mayServe) !== terms) return undefined
      const [moreObjects, moreChars] = [request.objects.length, charsOf(request)]
      if (objects + moreObjects > MAX_OBJECTS || chars + moreChars > MAX_CHARS) return undefined
      objects += moreObjects
      chars += moreChars
      return requests.push(request) - 1
    },
    whole: () =>
      requests.length === 1
        ? first
        : {
            ...first,
            objects: requests.flatMap((request, place) =>
              request.objects.map((object) => ({ ...object, where: `${place} ${object.where}` })),
            ),
          },
    parts: (result) => (requests.length === 1 ? [result] : partsOf(result, requests.length)),
  }
}

/**
 * All that a request says beside its objects. `undefined` for one that stands alone: a run over a feed, and what brings markings,
 * which are for its own objects only. An escape could spell any name.
 */
function termsOf(request: PublishRequest, clearance: TlpLabel): string | undefined {
  const { objects, markings = [], tlp, channel, expires, dryRun = false, feed, allow = [] } = request
  if (dryRun || feed !== undefined || markings.length > 0) return undefined
  if (objects.some(({ text }) => /"marking-definition"|\\u/.test(text))) return undefined
  return JSON.stringify([clearance, tlp, channel, expires, allow])
}

function charsOf({ objects }: PublishRequest): number {
  return objects.reduce((sum, { text }) => sum + text.length, 0)
}

function partsOf(result: PublishResult, count: number): readonly PublishResult[] {
  const lists = {
    published: shares(result.published, count),
    unchanged: shares(result.unchanged, count),
    held: shares(result.held, count),
    overridden: shares(result.overridden, count),
    refused: shares(result.refused, count),
    notices: shares(result.notices, count),
  }
  return Array.from({ length: count }, (_, place) => ({
    published: lists.published[place] ?? [],
    unchanged: lists.unchanged[place] ?? [],
    held: lists.held[place] ?? [],
    overridden: lists.overridden[place] ?? [],
    refused: lists.refused[place] ?? [],
    notices: lists.notices[place] ?? [],
    isAnnounced: result.isAnnounced,
  }))
}

/** Items by the place that their `where` begins with, and `where` as it was. */
function shares<Item extends { readonly where: string }>(
  items: readonly Item[],
  count: number,
): readonly (readonly Item[])[] {
  const each = Array.from({ length: count }, (): Item[] => [])
  for (const item of items) {
    const end = item.where.indexOf(' ')
    each[Number(item.where.slice(0, end))]?.push({ ...item, where: item.where.slice(end + 1) })
  }
  return each
}
