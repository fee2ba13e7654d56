import { PUBLISHING_OPTIONS } from './publishing-options.ts'

/** What commands take that publish one thing about what is published already. */
export const COMMENT_OPTIONS = {
  tlp: {
    kind: 'tlp',
    value: 'L',
    summary: 'how far it may go (default: as far as what it is about, and never farther)',
  },
  allow: PUBLISHING_OPTIONS.allow as typeof PUBLISHING_OPTIONS.allow,
} as const

/** What a comment is about. */
export const TARGET_ARGUMENT = {
  name: 'VALUE|ID',
  summary: 'a record id or STIX id, or a value, which stands for every record that names it exactly',
} as const
