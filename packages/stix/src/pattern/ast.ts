/** A parsed STIX pattern. @see STIX 2.1 §9 */
export interface Pattern {
  readonly expression: ObservationExpression
}

/** What has to be observed. */
export type ObservationExpression =
  | { readonly kind: 'observation'; readonly comparison: ComparisonExpression }
  | { readonly kind: 'and' | 'or' | 'followed-by'; readonly operands: readonly ObservationExpression[] }
  | { readonly kind: 'qualified'; readonly operand: ObservationExpression; readonly qualifier: Qualifier }

/** When, and how often. Times are `t'…'` constants as written, without quotes. */
export type Qualifier =
  | { readonly kind: 'within'; readonly seconds: number }
  | { readonly kind: 'repeats'; readonly times: number }
  | { readonly kind: 'start-stop'; readonly start: string; readonly stop: string }

/** What holds inside one pair of brackets. */
export type ComparisonExpression =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly ComparisonExpression[] }
  | Comparison

/** One test of one path. `EXISTS` has no constants, `IN` any number, the others one. */
export interface Comparison {
  readonly kind: 'comparison'
  readonly path: ObjectPath
  readonly operator: Operator
  readonly negated: boolean
  readonly constants: readonly Constant[]
}

/** Comparison operators; `==` and `<>` are read as `=` and `!=`. */
export type Operator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'IN'
  | 'LIKE'
  | 'MATCHES'
  | 'ISSUBSET'
  | 'ISSUPERSET'
  | 'EXISTS'

/** `file:hashes.'SHA-256'` is `file` and two names; `[3]` is an index, `[*]` any. */
export interface ObjectPath {
  readonly objectType: string
  readonly steps: readonly (string | { readonly index: number | '*' })[]
}

/** A constant: text with escapes resolved; numbers, hex, base64 and timestamps as written, without quotes. */
export interface Constant {
  readonly type: ConstantType
  readonly text: string
}

/** The kinds of constants. @see STIX 2.1 §9.2 */
export type ConstantType = 'string' | 'integer' | 'float' | 'boolean' | 'timestamp' | 'hex' | 'binary'
