/** The options that every command has; `json` only those that print something. */
export const HOME_OPTION = {
  kind: 'text',
  value: 'DIR',
  summary: 'the home of the node (default: INTELMESH_HOME, else ~/.intelmesh)',
} as const

export const JSON_OPTION = { kind: 'flag', summary: 'print one JSON document instead of text' } as const

/** Of commands that may have to open a key. */
export const PASSPHRASE_OPTION = {
  kind: 'text',
  value: 'FILE|-',
  summary: 'read the passphrase of the key from this file or from standard input',
} as const
