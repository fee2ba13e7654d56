/** Names of the linear checks on text. @see ./text-checks.ts */
export type TextCheck =
  | 'string'
  | 'binary'
  | 'character-set'
  | 'cpe'
  | 'domain'
  | 'email'
  | 'hex'
  | 'ipv4'
  | 'ipv6'
  | 'language'
  | 'mac'
  | 'media-type'
  | 'precise-timestamp'
  | 'registry-key'
  | 'relationship-type'
  | 'second-timestamp'
  | 'selector'
  | 'timestamp'
  | 'type-name'
  | 'uri'

/**
 * What a value may be. `id` is an identifier, of one of `types` or of none of them (`except`); `ref` is one
 * too, but inside `objects` of observed-data the key of a sibling. `shape` names an entry of `SHAPES`.
 */
export type ValueType =
  | { readonly is: 'text'; readonly check: TextCheck }
  | { readonly is: 'integer' | 'float'; readonly min?: number; readonly max?: number }
  | { readonly is: 'boolean' | 'object' | 'hashes' | 'extensions' | 'contained-objects' }
  | { readonly is: 'enum'; readonly values: readonly string[] }
  | { readonly is: 'id' | 'ref'; readonly types?: readonly string[]; readonly except?: readonly string[] }
  | { readonly is: 'list' | 'dictionary'; readonly of: ValueType }
  | { readonly is: 'union'; readonly types: readonly ValueType[] }
  | { readonly is: 'shape'; readonly shape: string }
  | { readonly is: 'any' }

/** A rule over several properties of one object. */
export type Constraint =
  | { readonly is: 'any-of' | 'one-of' | 'forbids'; readonly names: readonly string[] }
  | { readonly is: 'needs'; readonly name: string; readonly other: string }
  | { readonly is: 'order'; readonly first: string; readonly last: string; readonly mayEqual: boolean }
  | {
      readonly is: 'when'
      readonly name: string
      readonly value: boolean
      readonly effect: 'needs' | 'forbids'
      readonly other: string
    }

/** The member of a union tagged by `is` that the tag `T` belongs to; a member may carry several tags. */
export type Tagged<U extends { readonly is: string }, T> = U extends { readonly is: infer I }
  ? T extends I
    ? U
    : never
  : never

/** The rules for one type of object or of value. Compiled from `rules/*.rules`. */
export interface Shape {
  /** Section of the standard. */
  readonly rule: string
  /** Shape whose rules apply as well. */
  readonly base?: string
  readonly required: readonly string[]
  readonly properties: Readonly<Record<string, ValueType>>
  readonly constraints: readonly Constraint[]
}
