import { join, resolve } from 'node:path'

/** Where the parts of a home lie. All are absolute. */
export interface HomePaths {
  readonly home: string
  /** Settings a person may edit. */
  readonly config: string
  /** LevelDB. */
  readonly store: string
  /** Certificates, newest beacon and fingerprint of the ACO, as they came at joining. */
  readonly certificates: string
  /** Ed25519 key of the node. A folder that has it is a home. */
  readonly nodeKey: string
  /** X25519 keys, a file each, named by the key's id. */
  readonly kemKeys: string
  /** An ACO's keys. The root's may have been put elsewhere. */
  readonly operatorKey: string
  readonly rootKey: string
  /** Generations of the lock: see {@link lockHome}. */
  readonly locks: string
  /** Who owns the home now, and where its API is. */
  readonly run: string
  /** What opens the API. */
  readonly token: string
}

/** Names every file of a home. Nothing is read or made. */
export function homePaths(home: string): HomePaths {
  const root = resolve(home)
  return {
    home: root,
    config: join(root, 'intelmesh.toml'),
    store: join(root, 'store'),
    certificates: join(root, 'certificates'),
    nodeKey: join(root, 'node.key'),
    kemKeys: join(root, 'kem'),
    operatorKey: join(root, 'operator.key'),
    rootKey: join(root, 'root.key'),
    locks: join(root, 'lock'),
    run: join(root, 'run.json'),
    token: join(root, 'api.token'),
  }
}
