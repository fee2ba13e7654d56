import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import {
  CERTIFICATE,
  decodeReply,
  encodeReply,
  fromHex,
  keyIdOf,
  parseInvite,
  parseSign1,
  type Signer,
  toHex,
} from '@intelmesh/protocol'
import { initialiseAuthority } from './authority/index.ts'
import { formatConfig } from './config/index.ts'
import { nativeCrypto, nativeSignerOf } from './crypto/index.ts'
import { HomeError } from './errors.ts'
import { homePaths, type HomePaths, lockHome, writePrivateFile } from './home/index.ts'
import {
  installFile,
  join as joinByInvite,
  type Membership,
  type Newcomer,
  requestFile,
} from './joining/index.ts'
import { createKemKey, createKeyFile, type KeyProtection, readKeyFile } from './keys/index.ts'
import { readKemKeys, writeKemKey } from './running/kem-file.ts'
import { readOwnKey } from './running/own-key.ts'
import { replyOf } from './running/renewal.ts'
import { createStore, openStore, type StoreChanges } from './store/index.ts'

/** What a new home takes, whoever it is for. */
export interface NewHome {
  readonly home: string
  /** What the settings file says at first, by full name such as `network.listen`. */
  readonly settings: Readonly<Record<string, unknown>>
  /** An ACO's root and operator keys, or a member's node key. An ACO's own node has a plain key file, as its node must start alone. */
  readonly protection: KeyProtection
}

export interface NewAco extends NewHome {
  readonly name: string
  /** `<sector>.<region>` */
  readonly cluster: string
  /** Where the root key goes instead of into the home. */
  readonly offlineRoot?: string
}

/** An ACO that was just made. Ids in hexadecimal. */
export interface AcoIdentity {
  readonly cluster: string
  /** Key id of the root: what others compare. */
  readonly fingerprint: string
  readonly organisation: { readonly id: string; readonly name: string }
  readonly node: string
  /** Path of the root key. */
  readonly rootKey: string
}

/** A membership that was just taken up. */
export interface NewMembership {
  readonly cluster: string
  /** Of the ACO. */
  readonly fingerprint: string
  readonly organisation: { readonly id: string; readonly name: string }
  readonly node: string
  /** `expires` in ISO 8601. */
  readonly certificate: { readonly id: string; readonly expires: string }
}

export interface JoinRequest extends NewHome {
  /** The invite line. */
  readonly invite: string
  readonly signal: AbortSignal
  /** Told, with the own fingerprint, each time the ACO has yet to confirm. */
  readonly onWaiting: (fingerprint: string) => void
}

/** Makes the home of a new ACO: root and operator keys, its log, and the membership of its own node. @throws HomeError HOME_EXISTS */
export async function createAco(draft: NewAco): Promise<AcoIdentity> {
  const paths = homePaths(draft.home)
  await using _lock = await takeNewHome(paths)
  const rootKey = draft.offlineRoot ?? paths.rootKey
  const root = await createKey(rootKey, draft.protection)
  const operator = await createKey(paths.operatorKey, draft.protection)
  const node = await createKey(paths.nodeKey, { kind: 'plain' })
  const made = await initialiseAuthority({
    root,
    operator,
    node,
    kemKey: await takeKemKey(paths),
    name: draft.name,
    cluster: draft.cluster,
    at: Date.now(),
    random,
  })
  await writeSettings(paths, draft.settings)
  await fillHome(paths, made.reply, made.changes)
  const { certificate: _, ...identity } = describe(
    decodeReply(made.reply).chain[0] as Uint8Array,
    toHex(made.aco),
  )
  return { ...identity, rootKey }
}

/**
 * Joins a cluster by an invite, over the wire. Joining that broke off goes on with the key that it made.
 *
 * @throws HomeError HOME_EXISTS; EnrolmentError, JoiningError, TrustError
 */
export async function join(request: JoinRequest): Promise<NewMembership> {
  const paths = homePaths(request.home)
  // A line that was cut on the way leaves nothing behind.
  parseInvite(nativeCrypto, request.invite)
  await using _lock = await takeNewHome(paths)
  const newcomer = await newcomerOf(paths, request.protection)
  const node = nodeOf(newcomer)
  const membership = await joinByInvite(
    request.invite,
    { ...newcomer, fetch, wait: (ms, signal) => wait(ms, undefined, { signal }) },
    { signal: request.signal, onPending: () => request.onWaiting(node) },
  )
  await writeSettings(paths, request.settings)
  return keep(paths, membership)
}

/** Makes the keys of a home, and a request to certify them for an ACO that is not reached over the wire. */
export async function requestMembership(
  home: NewHome & { readonly name: string },
): Promise<{ readonly node: string; readonly bytes: Uint8Array }> {
  const paths = homePaths(home.home)
  await using _lock = await takeNewHome(paths)
  const newcomer = await newcomerOf(paths, home.protection)
  await writeSettings(paths, home.settings)
  return { node: nodeOf(newcomer), bytes: await requestFile(newcomer, home.name) }
}

/** Joins by a reply file, under the fingerprint that the ACO gave by another way. @throws HomeError KEY_MISSING; EnrolmentError, TrustError */
export async function installMembership(reply: {
  readonly home: string
  readonly bytes: Uint8Array
  readonly fingerprint: string
  /** Asked for only when the key that asked for the certificate has one. */
  readonly passphrase: () => Promise<Uint8Array>
}): Promise<NewMembership> {
  const paths = homePaths(reply.home)
  if (!existsSync(paths.nodeKey)) {
    throw new HomeError(
      'KEY_MISSING',
      `${paths.home} has no key that asked for a certificate: begin with \`intelmesh request\``,
    )
  }
  await using _lock = await takeNewHome(paths)
  const key = await readOwnKey(paths.nodeKey, reply.passphrase)
  const newcomer: Newcomer = {
    signer: nativeSignerOf(key.secret.expose()),
    kemKey: await takeKemKey(paths),
    clock: () => Date.now(),
  }
  return keep(paths, await installFile(reply.bytes, { ...newcomer, aco: fromHex(reply.fingerprint) }))
}

/** Takes a folder that is nobody's home yet, or one whose joining broke off. @throws HomeError HOME_EXISTS, HOME_IN_USE */
async function takeNewHome(paths: HomePaths): Promise<AsyncDisposable> {
  const lock = await lockHome(paths, { mayCreate: true })
  if (!existsSync(paths.certificates)) return lock
  await lock[Symbol.asyncDispose]()
  throw new HomeError('HOME_EXISTS', `${paths.home} is a member's home already: name another with --home`)
}

async function createKey(path: string, protection: KeyProtection): Promise<Signer> {
  const secret = new Uint8Array(randomBytes(32))
  await createKeyFile(path, secret, protection)
  return nativeSignerOf(secret)
}

/** The keys of a home that is to join: those it asked with before, so that asking again gets the same reply. */
async function newcomerOf(paths: HomePaths, protection: KeyProtection): Promise<Newcomer> {
  const clock = (): number => Date.now()
  if (!existsSync(paths.nodeKey))
    return { signer: await createKey(paths.nodeKey, protection), kemKey: await takeKemKey(paths), clock }
  const passphrase = protection.kind === 'passphrase' ? protection.passphrase : undefined
  const key = await readKeyFile(paths.nodeKey, passphrase)
  return { signer: nativeSignerOf(key.secret.expose()), kemKey: await takeKemKey(paths), clock }
}

/** The one X25519 key of a home that has not joined yet, made when there is none. */
async function takeKemKey(paths: HomePaths): Promise<Newcomer['kemKey']> {
  const held = await readKemKeys(paths)
  if (held[0] !== undefined) return held[0].key
  const pair = createKemKey(random)
  await writeKemKey(paths, pair)
  return pair.key
}

function nodeOf({ signer }: Newcomer): string {
  return toHex(keyIdOf(nativeCrypto, signer.publicKey))
}

function random(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length))
}

async function keep(paths: HomePaths, membership: Membership): Promise<NewMembership> {
  await fillHome(paths, encodeReply(replyOf(membership)), {})
  return describe(membership.chain[0].bytes, toHex(membership.aco))
}

async function writeSettings(paths: HomePaths, settings: NewHome['settings']): Promise<void> {
  if (!existsSync(paths.config)) await writePrivateFile(paths.config, formatConfig(settings))
}

/** Makes the store; the membership file comes last, since it is what makes the folder a home. */
async function fillHome(paths: HomePaths, reply: Uint8Array, changes: StoreChanges): Promise<void> {
  if (!existsSync(paths.store)) {
    await createStore({ path: paths.store, id: toHex(random(16)), createdAt: Date.now() })
  }
  {
    await using store = await openStore({ path: paths.store })
    await store.commit(changes, { sync: true })
  }
  await writePrivateFile(paths.certificates, reply)
}

function describe(certificate: Uint8Array, fingerprint: string): NewMembership {
  const { mesh, expiresAt, publicKey } = parseSign1(CERTIFICATE, certificate).claims
  return {
    fingerprint,
    organisation: { id: toHex(mesh.organisation), name: mesh.name },
    cluster: mesh.cluster,
    node: toHex(keyIdOf(nativeCrypto, publicKey)),
    certificate: {
      id: toHex(nativeCrypto.sha256(certificate)),
      expires: new Date(expiresAt * 1000).toISOString(),
    },
  }
}
