import type { Observable } from './observable.ts'
/** How a key relates to what was typed. */
export type LookupRelation = 'exact' | 'cidr' | 'url-host' | 'parent-domain' | 'url-prefix'
/** One key to read in the index. */
export interface LookupKey extends Observable { readonly relation: LookupRelation }
export function parseQuery(_text: string): readonly LookupKey[] { throw new Error('stub') }
