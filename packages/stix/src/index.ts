export { bundleOf } from './bundle-of.ts'
export { StixError } from './errors.ts'
export type { StixErrorCode } from './errors.ts'
export {
  isNegativeSighting,
  NEGATIVE_SIGHTING,
  NEGATIVE_SIGHTING_EXTENSION,
} from './feedback/negative-sighting.ts'
export { indicatorFor } from './input/indicator-for.ts'
export type { IndicatorDraft } from './input/indicator-for.ts'
export { readInput } from './input/read-input.ts'
export type { ColumnRole } from './input/csv-columns.ts'
export type { IndicatorSource } from './input/indicator-source.ts'
export type { InputItem, InputObject, InputPlace, InputRefusal } from './input/input-item.ts'
export type { CsvColumns } from './input/read-csv.ts'
export type { InputFormat } from './input/guess-format.ts'
export { createInputReader } from './input/input-reader.ts'
export type { InputOptions, InputReader } from './input/input-reader.ts'
export { canonicalise } from './json/canonicalise.ts'
export { isJsonList, isJsonObject } from './json/json-value.ts'
export type { JsonObject, JsonValue } from './json/json-value.ts'
export { DEFAULT_JSON_LIMITS, parseJson } from './json/parse-strict.ts'
export type { JsonLimits } from './json/parse-strict.ts'
export { lifetimeDays, MAX_LIFETIME_DAYS } from './lifetime.ts'
export { fixedMarkings, markingFor } from './marking/fixed-markings.ts'
export type { FixedMarking } from './marking/fixed-markings.ts'
export { ownLabel } from './marking/own-label.ts'
export type { UnknownMarking } from './marking/own-label.ts'
export { resolveLabels } from './marking/resolve-labels.ts'
export type { Marked, MarkingNotice, MarkingRefusal, Resolution } from './marking/resolve-labels.ts'
export { isNarrower, isTlpLabel, TLP_LABELS } from './marking/tlp-label.ts'
export type { TlpLabel } from './marking/tlp-label.ts'
export { normalise } from './observable/normalise.ts'
export { OBSERVABLE_TYPES } from './observable/observable.ts'
export type {
  Extraction,
  Observable,
  ObservableType,
  Unindexed,
  UnindexedReason,
} from './observable/observable.ts'
export { observablesOf, soleObservablesOf } from './observable/observables-of.ts'
export { parseIp } from './observable/parse-ip.ts'
export { parseQuery } from './observable/parse-query.ts'
export type { LookupKey, LookupRelation } from './observable/parse-query.ts'
export type { Pattern } from './pattern/ast.ts'
export { parsePattern } from './pattern/parse-pattern.ts'
export { ADMISSION_LIMITS, ADMISSION_PROFILE, checkAdmission } from './profile/check-admission.ts'
export type { AdmissionVerdict, AdmittedObject } from './profile/check-admission.ts'
export type { StixObject } from './stix-object.ts'
export { compareTimestamps, formatTimestamp, parseTimestamp } from './timestamp.ts'
export type { Timestamp } from './timestamp.ts'
export { validateObject } from './validate/validate-object.ts'
export type { Finding } from './validate/finding.ts'
