import type * as Node from '@intelmesh/node'

/** What the command line needs of the node package, which it loads only when a command needs it. Tests pass their own. */
export type NodePort = Pick<
  typeof Node,
  | 'checkBackup'
  | 'createAco'
  | 'createApiClient'
  | 'findOwner'
  | 'homePaths'
  | 'installMembership'
  | 'join'
  | 'loadConfig'
  | 'nativeCrypto'
  | 'nearest'
  | 'openHome'
  | 'openMatcher'
  | 'readIfPresent'
  | 'renewOperator'
  | 'repairHome'
  | 'requestMembership'
  | 'restoreHome'
  | 'resumeAco'
  | 'startNode'
  | 'writeBackup'
>
