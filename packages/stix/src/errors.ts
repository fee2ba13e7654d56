/**
 * Every fault this package reports on purpose. Codes are stable; `docs/spec/stix.md`, "Codes" lists them.
 * `JSON_…` bytes are not one strict JSON text; `STIX_…` an object breaks a rule of the standard or of the
 * admission profile; `PATTERN_…` a pattern; `TLP_…` a marking; `INPUT_…` a file offered for publishing.
 */
export type StixErrorCode =
  | 'JSON_TOO_LARGE'
  | 'JSON_TOO_DEEP'
  | 'JSON_TOO_MANY_VALUES'
  | 'JSON_UTF8_INVALID'
  | 'JSON_SYNTAX'
  | 'JSON_DUPLICATE_NAME'
  | 'JSON_SURROGATE'
  | 'JSON_NUMBER_LOSSY'
  | 'JSON_NOT_CANONICAL'
  | 'STIX_NOT_AN_OBJECT'
  | 'STIX_PROPERTY_MISSING'
  | 'STIX_PROPERTY_TYPE'
  | 'STIX_PROPERTY_VALUE'
  | 'STIX_PROPERTY_FORBIDDEN'
  | 'STIX_PROPERTY_NAME'
  | 'STIX_TYPE_INVALID'
  | 'STIX_ID_INVALID'
  | 'STIX_VERSION_UNSUPPORTED'
  | 'STIX_TIMESTAMP_INVALID'
  | 'STIX_ORDER'
  | 'STIX_REFERENCE_INVALID'
  | 'STIX_SELECTOR_INVALID'
  | 'PATTERN_TOO_LONG'
  | 'PATTERN_TOO_DEEP'
  | 'PATTERN_TOO_MANY_TERMS'
  | 'PATTERN_SYNTAX'
  | 'PATTERN_INVALID'
  | 'TLP_ABOVE_CEILING'
  | 'TLP_MARKING_UNKNOWN'
  | 'TLP_MARKING_REDEFINED'
  | 'TLP_MARKING_BUILT_IN'
  | 'INPUT_EMPTY'
  | 'INPUT_LINE_TOO_LONG'
  | 'INPUT_VALUE_UNRECOGNISED'
  | 'INPUT_COLUMN_INVALID'
  | 'INPUT_CSV_SYNTAX'

/**
 * What this package throws. `path` is a JSON Pointer (RFC 6901) into the value in hand, `rule` the rule that
 * failed: a number of the admission profile (`A-07`) or a section of a standard (`STIX 2.1 §2.9`).
 */
export class StixError extends Error {
  override name = 'StixError'
  readonly code: StixErrorCode
  readonly path: string
  readonly rule: string

  constructor(code: StixErrorCode, message: string, where: { readonly path: string; readonly rule: string }) {
    super(message)
    this.code = code
    this.path = where.path
    this.rule = where.rule
  }
}
