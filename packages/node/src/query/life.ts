import type { RecordLife } from '../api.ts'
import type { StoredRecord } from '../store/index.ts'
import { commentsOn, feedbackOf } from './comments.ts'
import { type Place, whoHad } from './had.ts'
import type { QueryComponents } from './may-show.ts'
import { MAX_LISTED, visibleVersions } from './versions.ts'
import { expiryOf, organisationView, publishedAt, stixOf } from './views.ts'

/** What a life is told of: a record, or what is left of one. */
interface Subject {
  readonly stixId: string | undefined
  readonly organisation: string | undefined
  readonly place: Place | undefined
  readonly retraction:
    | { readonly tombstone: StoredRecord; readonly view: RecordLife['retraction'] }
    | undefined
}

/** Everything that is known to have happened to a record, as far as the asker may see. */
export async function lifeOf(
  components: QueryComponents,
  { stixId, organisation, place, retraction }: Subject,
): Promise<RecordLife> {
  const { crypto, trust } = components
  const comments = stixId === undefined ? [] : await commentsOn(components, stixId)
  return {
    versions: await versionViews(),
    feedback: feedbackOf(comments),
    said: comments
      .toSorted((a, b) => b.record.sequence - a.record.sequence)
      .slice(0, MAX_SAID)
      .map(({ record, kind, isNegative, summary }) => ({
        record: record.id,
        kind,
        organisation: organisationView(trust.roster, record),
        at: publishedAt(record),
        isNegative,
        summary,
      })),
    ...(retraction?.view && { retraction: retraction.view }),
    had: await whoHad(components, place, retraction?.tombstone),
  }

  async function versionViews(): Promise<RecordLife['versions']> {
    const views: RecordLife['versions'][number][] = []
    if (stixId === undefined || organisation === undefined) return views
    for await (const version of visibleVersions(components, stixId, organisation)) {
      views.push(versionView(version))
      if (views.length >= MAX_LISTED) break
    }
    return views
  }

  function versionView(version: StoredRecord): RecordLife['versions'][number] {
    const modified = stixOf(crypto, version)?.['modified']
    return {
      record: version.id,
      published: publishedAt(version),
      ...(typeof modified === 'string' && { modified }),
      tlp: version.tlp,
      expires: expiryOf(version),
    }
  }
}

const MAX_SAID = 100
