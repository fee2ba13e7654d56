import type { Observable, ObservableType } from './observable/observable.ts'
import type { StixObject } from './stix-object.ts'

/** No record lives longer, whatever its author asks. */
export const MAX_LIFETIME_DAYS = 3650

/** Days for types the table below does not know. */
const DEFAULT_DAYS = 365

/** Days after which an observed value says little: addresses change hands, hashes do not change. */
const OBSERVABLE_DAYS: Readonly<Record<ObservableType, number>> = {
  ipv4: 30,
  ipv6: 30,
  cidr: 30,
  url: 30,
  domain: 90,
  email: 90,
  mac: 90,
  'user-agent': 90,
  asn: 365,
  md5: 365,
  sha1: 365,
  sha256: 365,
  sha512: 365,
  'sha3-256': 365,
  'sha3-512': 365,
  ssdeep: 365,
  tlsh: 365,
  'file-name': 365,
  mutex: 365,
  'registry-key': 365,
  'x509-serial': 365,
  'x509-md5': 365,
  'x509-sha1': 365,
  'x509-sha256': 365,
}

/** Days by object type, for objects that no observable decides. */
const OBJECT_DAYS: Readonly<Record<string, number>> = {
  'observed-data': 30,
  sighting: 90,
  opinion: 365,
  note: 365,
  relationship: 365,
  indicator: 365,
  infrastructure: 365,
  incident: 1825,
  grouping: 1825,
  report: 1825,
  malware: 1825,
  'malware-analysis': 1825,
  tool: 1825,
  'intrusion-set': 1825,
  'threat-actor': 1825,
  'attack-pattern': 1825,
  'course-of-action': 1825,
  campaign: 1825,
  vulnerability: 1825,
  identity: 1825,
  location: 1825,
  'language-content': 1825,
  'marking-definition': 1825,
  'extension-definition': 1825,
}

/** Types whose observables decide, the shortest-lived first. */
const DECIDED_BY_OBSERVABLES: ReadonlySet<string> = new Set(['indicator'])

/**
 * Days from publication to expiry unless the author says otherwise. An indicator or cyber-observable object
 * lives as long as the shortest-lived of its observables.
 *
 * @param observables what `observablesOf` gave for `object`
 * @see docs/spec/stix.md, "Lifetimes"
 */
export function lifetimeDays(object: StixObject, observables: readonly Observable[]): number {
  const fixed = Object.hasOwn(OBJECT_DAYS, object.type) ? OBJECT_DAYS[object.type] : undefined
  const decided = fixed === undefined || DECIDED_BY_OBSERVABLES.has(object.type)
  if (!decided || observables.length === 0) return fixed ?? DEFAULT_DAYS
  return Math.min(...observables.map(({ type }) => OBSERVABLE_DAYS[type]))
}
