import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { CERTIFICATE, decodeReply, encodeReply, fromHex, keyIdOf, parseSign1, type Signer, toHex } from '@intelmesh/protocol'
import { initialiseAuthority } from './authority/index.ts'
import { formatConfig } from './config/index.ts'
import { nativeCrypto, nativeSignerOf } from './crypto/index.ts'
import { HomeError } from './errors.ts'
import { type HomePaths, lockHome, writePrivateFile } from './home/index.ts'
import { installFile, join, type Membership, type Newcomer, requestFile } from './joining/index.ts'
import { createKemKey, createKeyFile, type KeyProtection, readKeyFile } from './keys/index.ts'
import { writeKemKey } from './running/kem-file.ts'
import { replyOf } from './running/renewal.ts'
import { createStore, openStore, type StoreChanges } from './store/index.ts'

/** A home that is to become a node's. */
export interface HomeDraft {
  readonly paths: HomePaths
  /** What the settings file says at first, by full name such as `network.listen`. */
  readonly settings: Readonly<Record<string, unknown>>
}

export interface AcoDraft extends HomeDraft {
  readonly name: string
  /** `<sector>.<region>` */
  readonly cluster: string
  /** For root and operator keys; the node's own key is a plain file, as every node's. */
  readonly protection: KeyProtection
  /** Where the root key goes, if not into the home. */
  readonly offlineRoot?: string
}

export interface NewHome {
  /** Key id of the ACO's root, hexadecimal: what others compare. */
  readonly fingerprint: string
  readonly organisation: { readonly id: string; readonly name: string }
  readonly cluster: string
  readonly node: string
  /** ISO 8601. */
  readonly expires: string
}

/** Makes the home of a new ACO: root and operator keys, its log, and the membership of its own node. @throws HomeError HOME_EXISTS */
export async function initAco(draft: AcoDraft): Promise<NewHome> {
  const { paths, name, cluster, protection } = draft
  await using lock = await takeNewHome(paths)
  void lock
  const root = await createKey(draft.offlineRoot ?? paths.rootKey, protection)
  const operator = await createKey(paths.operatorKey, protection)
  const { signer: node, kemKey } = await createNodeKeys(paths)
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
  const made = await initialiseAuthority({ root, operator, node, kemKey, name, cluster, at: Date.now(), random })
  await fillHome(draft, made.reply, made.changes)
  return describe(decodeReply(made.reply).chain[0] as Uint8Array, toHex(made.aco))
}

export interface JoinDraft extends HomeDraft {
  /** The invite line. */
  readonly invite: string
  readonly signal: AbortSignal
  /** Told each time the ACO has yet to confirm. */
  readonly onPending: () => void
}

/** Joins a cluster by an invite, over the wire. A home whose join broke off goes on with the key that it made. @throws HomeError, EnrolmentError, JoiningError, TrustError */
export async function joinCluster(draft: JoinDraft): Promise<NewHome> {
  await using lock = await takeNewHome(draft.paths)
  void lock
  const newcomer = await newcomerOf(draft.paths)
  const membership = await join(
    draft.invite,
    { ...newcomer, fetch, wait: (ms, signal) => wait(ms, undefined, { signal }) },
    { signal: draft.signal, onPending: draft.onPending },
  )
  return keep(draft, membership)
}

/** Writes a request for an ACO that is not reached over the wire; the reply comes back by {@link installReply}. */
export async function writeRequest({ paths }: Pick<HomeDraft, 'paths'>, file: string, name: string | undefined): Promise<{ readonly node: string }> {
  await using lock = await takeNewHome(paths)
  void lock
  const newcomer = await newcomerOf(paths)
  await writeFile(file, await requestFile(newcomer, name))
  return { node: toHex(keyIdOf(nativeCrypto, newcomer.signer.publicKey)) }
}

/** Joins by a reply file, under the fingerprint that the ACO gave by another way. @throws EnrolmentError, TrustError */
export async function installReply(draft: HomeDraft, reply: Uint8Array, fingerprint: string): Promise<NewHome> {
  await using lock = await takeNewHome(draft.paths)
  void lock
  const newcomer = await newcomerOf(draft.paths)
  return keep(draft, await installFile(reply, { ...newcomer, aco: fromHex(fingerprint) }))
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

async function createNodeKeys(paths: HomePaths): Promise<Pick<Newcomer, 'signer' | 'kemKey'>> {
  const signer = await createKey(paths.nodeKey, { kind: 'plain' })
  return { signer, kemKey: await rememberKem(paths) }
}

async function rememberKem(paths: HomePaths): Promise<Newcomer['kemKey']> {
  const pair = createKemKey((length) => new Uint8Array(randomBytes(length)))
  await writeKemKey(paths, pair)
  await writePrivateFile(kemPath(paths), toHex(pair.key.id) + toHex(pair.key.publicKey))
  return pair.key
}

/** The keys of a home that is to join: those it asked with before, so that asking again gets the same reply. */
async function newcomerOf(paths: HomePaths): Promise<Newcomer> {
  const clock = (): number => Date.now()
  if (!existsSync(paths.nodeKey) || !existsSync(kemPath(paths))) {
    if (existsSync(paths.nodeKey)) return { signer: await readSigner(paths), kemKey: await rememberKem(paths), clock }
    return { ...(await createNodeKeys(paths)), clock }
  }
  const kem = fromHex((await readFile(kemPath(paths), 'utf8')).trim())
  return { signer: await readSigner(paths), kemKey: { id: kem.slice(0, 8), publicKey: kem.slice(8) }, clock }
}

async function readSigner(paths: HomePaths): Promise<Signer> {
  return nativeSignerOf((await readKeyFile(paths.nodeKey)).secret.expose())
}

function kemPath({ home }: HomePaths): string {
  return `${home}/kem.requested`
}

async function keep(draft: HomeDraft, membership: Membership): Promise<NewHome> {
  await fillHome(draft, encodeReply(replyOf(membership)), {})
  return describe(membership.chain[0].bytes, toHex(membership.aco))
}

/** Makes the store and writes the settings; the membership file comes last, since it is what makes the folder a home. */
async function fillHome({ paths, settings }: HomeDraft, reply: Uint8Array, changes: StoreChanges): Promise<void> {
  if (!existsSync(paths.store)) {
    await createStore({ path: paths.store, id: toHex(new Uint8Array(randomBytes(16))), createdAt: Date.now() })
  }
  {
    await using store = await openStore({ path: paths.store })
    await store.commit(changes, { sync: true })
  }
  if (!existsSync(paths.config)) await writePrivateFile(paths.config, formatConfig(settings))
  await writePrivateFile(paths.certificates, reply)
}

function describe(certificate: Uint8Array, fingerprint: string): NewHome {
  const { mesh, expiresAt, publicKey } = parseSign1(CERTIFICATE, certificate).claims
  return {
    fingerprint,
    organisation: { id: toHex(mesh.organisation), name: mesh.name },
    cluster: mesh.cluster,
    node: toHex(keyIdOf(nativeCrypto, publicKey)),
    expires: new Date(expiresAt * 1000).toISOString(),
  }
}
