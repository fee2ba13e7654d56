import {
  buildTree,
  fromHex,
  inclusionPath,
  leafHash,
  mayRelease,
  parseHeader,
  toHex,
} from '@intelmesh/protocol'
import { observablesOf, type StixObject } from '@intelmesh/stix'
import type { RecordDetail, RecordProof } from '../api.ts'
import { ApiError } from '../errors.ts'
import type { StoredRecord } from '../store/index.ts'
import { findRecord } from './find-record.ts'
import { lifeOf } from './life.ts'
import type { QueryComponents } from './may-show.ts'
import { showGone } from './show-gone.ts'
import { MAX_LISTED, visibleVersions } from './versions.ts'
import { isoTime, stixOf, viewOf } from './views.ts'

/** One record with its proof and its life. @throws ApiError RECORD_NOT_FOUND, RECORD_AMBIGUOUS */
export async function showRecord(components: QueryComponents, id: string): Promise<RecordDetail> {
  const found = await findRecord(components, id)
  if (!('record' in found)) return showGone(components, found)
  const { record } = found
  const { trust, crypto } = components
  const object = stixOf(crypto, record)
  const observables = object === undefined ? [] : observablesOf(object).observables
  const { stixId, organisation } = record
  return {
    ...viewOf(trust.roster, crypto, record, object),
    stix: object ?? null,
    ...(await proofOf(components, record)),
    observables,
    versions: await versionIds(components, record, object),
    flags: observables.flatMap((observable) => components.gate.checkValue(observable)),
    life: await lifeOf(components, { stixId, organisation, place: record, retraction: undefined }),
  }
}

async function versionIds(
  components: QueryComponents,
  { id }: StoredRecord,
  object: StixObject | undefined,
): Promise<readonly string[]> {
  if (object === undefined) return [id]
  const ids: string[] = []
  for await (const version of visibleVersions(components, object.id)) {
    ids.push(version.id)
    if (ids.length >= MAX_LISTED) break
  }
  return ids
}

async function proofOf(components: QueryComponents, row: StoredRecord): Promise<RecordProof> {
  const { store, trust, crypto } = components
  const header = await store.header(row.header)
  if (header === undefined) throw new ApiError('INTERNAL', 'the record has lost its header')
  const { claims } = parseHeader(header.bytes)
  const known = trust.roster.byId(toHex(claims.certificate))
  const leafHashes = (header.leafHashes ?? []).map(fromHex)
  const logIndex = known && (await store.logIndexOf(leafHash(crypto, known.certificate.bytes)))
  return {
    chain: header.chain,
    seq: header.seq,
    header: header.hash,
    index: row.index,
    batch: claims.count,
    root: toHex(claims.root),
    path: (row.path ?? inclusionPath(buildTree(crypto, leafHashes), row.index)).map(toHex),
    certificates:
      known === undefined
        ? []
        : trust.roster.chainOf(known).map((bytes) => certificateView(components, bytes)),
    log: {
      ...(logIndex !== undefined && { index: logIndex }),
      size: trust.log.size,
      root: toHex(trust.log.root),
    },
    releasedBy: mayRelease(
      { tlp: row.tlp, cluster: trust.cluster, expires: row.expires },
      'recipient',
      { kind: 'own', clearance: components.clearance() },
      'show',
      components.release(),
    ).rule,
  }
}

function certificateView(
  { trust, crypto }: QueryComponents,
  bytes: Uint8Array,
): RecordProof['certificates'][number] {
  const id = toHex(crypto.sha256(bytes))
  const claims = trust.roster.byId(id)?.certificate.claims
  return {
    id,
    subject: claims?.mesh.subject ?? '',
    name: claims?.mesh.name ?? '',
    notBefore: isoTime((claims?.notBefore ?? 0) * 1000),
    expires: isoTime((claims?.expiresAt ?? 0) * 1000),
  }
}
