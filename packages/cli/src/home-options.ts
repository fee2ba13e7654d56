/** The option of every command. */
export const HOME_OPTION = {
  kind: 'text',
  value: 'DIR',
  summary: 'the home of the node (default: INTELMESH_HOME, else ~/.intelmesh)',
} as const

/** Of commands that print something. */
export const JSON_OPTION = { kind: 'flag', summary: 'print one JSON document instead of text' } as const

/** Of commands that may have to open a key. */
export const PASSPHRASE_OPTION = {
  kind: 'text',
  value: 'FILE|-',
  summary: 'read the passphrase of the key, if it has one, from this file or from standard input',
} as const

/** Of commands that may ask a node elsewhere, on behalf of a person with a token. */
export const API_OPTION = {
  kind: 'text',
  value: 'URL',
  summary: 'ask the node at this address, with a token and without a home (default: INTELMESH_API)',
} as const

/** Of the same commands. */
export const TOKEN_FILE_OPTION = {
  kind: 'text',
  value: 'FILE',
  summary: 'the file that holds the token (default: the token in INTELMESH_TOKEN)',
} as const

/** What commands take that ask a home something, whether its node runs or not. */
export const ASKING_OPTIONS = {
  'passphrase-file': PASSPHRASE_OPTION as typeof PASSPHRASE_OPTION,
  json: JSON_OPTION as typeof JSON_OPTION,
  home: HOME_OPTION as typeof HOME_OPTION,
  api: API_OPTION as typeof API_OPTION,
  'token-file': TOKEN_FILE_OPTION as typeof TOKEN_FILE_OPTION,
} as const
