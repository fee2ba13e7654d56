import {
  type Beacon,
  compareBytes,
  type Contact,
  type ControlObject,
  type Crypto,
  parseSign1,
  BEACON,
  CONTACT,
  STATEMENT,
  type Standing,
  type StatusBits,
  STATUS_LIST,
  toHex,
  unpackStatuses,
  type Verified,
} from '@intelmesh/protocol'
import { nativeZlib } from '../crypto/index.ts'
import type { ControlRow, Hex, Store, StoreChanges } from '../store/index.ts'
import { createClosures } from './closures.ts'
import { controlRow, inOrder, judgedRow } from './control-row.ts'
import type { ControlVerdict, Trust, TrustChange } from './interface.ts'
import { type ControlContext, type JudgedControl, judgeControl } from './judge-control.ts'
import { createLines } from './lines.ts'
import { openLogCopy } from './log-copy.ts'
import { createOrphans } from './orphans.ts'
import { createRoster, type KnownCertificate } from './roster.ts'
import { standingOf } from './standing.ts'
import { createUnlogged } from './unlogged.ts'

export interface TrustComponents {
  readonly store: Store
  readonly crypto: Crypto
  /** ms since the Unix epoch. */
  readonly clock: () => number
}

/** Loads what the store holds about the ACO whose root certificate is given, and keeps it up to date from then on. */
export async function openTrust(components: TrustComponents, rootCertificate: Uint8Array): Promise<Trust> {
  const { store, crypto, clock } = components
  const roster = await createRoster(crypto, rootCertificate)
  const closures = createClosures()
  const log = await openLogCopy(crypto, store)
  const unlogged = createUnlogged(log)
  const orphans = createOrphans(addCertificate)
  const contacts = new Map<Hex, Contact>()
  /** Rows of what counts already, by key, that no commit has written yet: they are part of the next one. */
  const owed = new Map<string, ControlRow>()
  const listeners: ((change: TrustChange) => void)[] = []
  let beacon: Verified<Beacon> | undefined
  let statusList: Uint8Array | undefined
  let statuses: StatusBits | undefined
  let queue: Promise<unknown> = Promise.resolve()
  // The root is part of the set like every other certificate, or the sets of its cluster would never be equal.
  const rootRow = controlRow({ kind: 'certificate', bytes: rootCertificate })
  if ((await store.control(rootRow.key)) === undefined)
    await store.commit({ control: [rootRow] }, { sync: true })
  for (const row of inOrder(await Array.fromAsync(store.controlRows())))
    await (row.kind === 'certificate' ? orphans.add(row.bytes) : load(row))
  await checkLog()

  /** Rows of the own store were verified when they came in: only certificates are checked again, for the roster's sake. */
  async function load({ kind, bytes }: ControlRow): Promise<void> {
    const loaders: Readonly<Record<ControlRow['kind'], () => unknown>> = {
      certificate: () => addCertificate(bytes),
      statement: () => closures.add(parseSign1(STATEMENT, bytes).claims),
      beacon: () => (beacon = parseSign1(BEACON, bytes) as Verified<Beacon>),
      'status-list': () => setList(bytes),
      contact: () => {
        const { claims } = parseSign1(CONTACT, bytes)
        contacts.set(toHex(claims.node), claims)
      },
    }
    await loaders[kind]()
  }

  async function addCertificate(bytes: Uint8Array): Promise<KnownCertificate> {
    const known = await roster.add(bytes)
    await unlogged.note(known)
    return known
  }

  function setList(bytes: Uint8Array): void {
    statusList = bytes
    statuses = unpackStatuses(nativeZlib, parseSign1(STATUS_LIST, bytes).claims.list)
  }

  /** Also a checkpoint smaller than the log: an ACO that takes entries back signs one. */
  async function checkLog(): Promise<void> {
    if (beacon !== undefined && (await log.contradicts(beacon.claims.checkpoint))) log.markInconsistent()
  }

  function isFresh(): boolean {
    return beacon !== undefined && clock() <= beacon.claims.nextUpdate
  }

  function context(proven: ReadonlySet<Hex>): ControlContext {
    return {
      crypto,
      roster,
      log,
      nowMs: clock(),
      isFresh: isFresh(),
      beacon,
      contactAt: (node) => contacts.get(node)?.at ?? 0,
      proven,
    }
  }

  /**
   * Applies a judged object to memory. It counts from then on, also where the disk fails: what the ACO has closed must not stay open for
   * want of room.
   */
  async function apply(judged: JudgedControl, changed: Set<Hex>): Promise<void> {
    const row = judgedRow(judged)
    owed.set(row.key, row)
    if (judged.kind === 'certificate') {
      await addCertificate(judged.object.bytes)
      for (const { keyId } of [judged.known, ...(await orphans.retry())]) changed.add(keyId)
    } else if (judged.kind === 'statement') {
      closures.add(judged.statement)
      for (const key of judged.statement.keys) changed.add(toHex(key))
    } else if (judged.kind === 'beacon') {
      beacon = judged.beacon
      for (const node of revokedNow(beacon.claims)) changed.add(node)
      await checkLog()
    } else if (judged.kind === 'status-list') {
      statusList = judged.object.bytes
      statuses = judged.statuses
      for (const known of roster.all()) changed.add(known.keyId)
    } else contacts.set(toHex(judged.contact.node), judged.contact)
  }

  function addressesOf(wanted: (contact: Contact) => boolean): ReadonlyMap<Hex, readonly string[]> {
    const good = [...contacts].filter(([node, contact]) => standing(node) === 'good' && wanted(contact))
    return new Map(good.map(([node, { addresses }]) => [node, addresses]))
  }

  function* revokedNow({ revoked }: Beacon): Iterable<Hex> {
    const indices = new Set(revoked)
    if (indices.size === 0) return
    for (const { keyId, certificate } of roster.all()) {
      const index = certificate.claims.mesh.statusIndex
      if (index !== undefined && indices.has(index)) yield keyId
    }
  }

  async function admitNow(
    objects: readonly ControlObject[],
    from: string,
    proven: ReadonlySet<Hex>,
  ): Promise<readonly ControlVerdict[]> {
    const verdicts = new Map<ControlObject, ControlVerdict>()
    const before = [...owed.values()]
    const evidence: NonNullable<StoreChanges['quarantine']>[number][] = []
    const changed = new Set<Hex>()
    let isBeacon = false
    try {
      for (const object of inOrder(objects)) await admitOne(object)
      if (owed.size + evidence.length > 0)
        await store.commit({ control: [...owed.values()], quarantine: evidence }, { sync: owed.size > 0 })
      owed.clear()
    } finally {
      // Whoever acts on it has to, whether or not it could be written.
      notify(changed, isBeacon)
    }
    return objects.map((object) => verdicts.get(object) ?? OUTDATED)

    async function admitOne(object: ControlObject): Promise<void> {
      if (before.some(({ bytes }) => compareBytes(bytes, object.bytes) === 0)) {
        verdicts.set(object, ACCEPTED)
        return
      }
      const judged = (await isHeld(object)) ? OUTDATED : await judgeControl(object, context(proven))
      if ('action' in judged) {
        verdicts.set(object, judged)
        if (judged.code === 'NEWER_THAN_ME') trust.upgradeNeeded = true
        if (judged.code !== 'OUTDATED')
          evidence.push({
            at: clock(),
            code: judged.code,
            from,
            what: object.kind,
            detail: evidenceOf(object, judged.code),
          })
        return
      }
      isBeacon ||= judged.kind === 'beacon'
      verdicts.set(object, ACCEPTED)
      await apply(judged, changed)
    }
  }

  /** Two beacons of one number convince anybody, so both are kept whole; of all else a hash says which it was. */
  function evidenceOf({ bytes }: ControlObject, code: string): string {
    if (code !== 'EQUIVOCATION' || beacon === undefined) return toHex(crypto.sha256(bytes))
    return `${toHex(beacon.bytes)} ${toHex(bytes)}`
  }

  /** Whether an object is in the store, or on its way there. */
  async function isHeld(object: ControlObject): Promise<boolean> {
    if (object.kind !== 'statement' && object.kind !== 'certificate') return false
    const { key } = controlRow(object)
    return owed.has(key) || (await store.control(key)) !== undefined
  }

  function notify(nodes: ReadonlySet<Hex>, isBeacon: boolean): void {
    if (nodes.size === 0 && !isBeacon) return
    for (const listener of listeners) listener({ nodes: [...nodes], isBeacon })
  }

  /** One after the other: each object is judged against what the one before it left. */
  function serial<T>(work: () => Promise<T>): Promise<T> {
    const result = queue.then(work)
    queue = result.catch(() => undefined)
    return result
  }

  function standing(node: Hex): Standing {
    return standingOf({ roster, closures, log, unlogged, beacon: beacon?.claims, statuses }, node, clock())
  }

  const trust: Trust = {
    roster,
    aco: roster.root.keyId,
    cluster: roster.root.certificate.claims.mesh.cluster,
    upgradeNeeded: false,
    get beacon() {
      return beacon
    },
    get statusList() {
      return statusList
    },
    isFresh,
    staleness() {
      if (beacon === undefined) return 1
      const { at, nextUpdate } = beacon.claims
      return Math.max(0, (clock() - at) / Math.max(1, nextUpdate - at))
    },
    standing,
    keyStatus: (node) => closures.of(node, clock()),
    newestStatement: (node) => closures.newest(node),
    closedHeads: () => closures.closedHeads(clock()),
    lines: createLines(store),
    nextChange: () => closures.nextChange(clock()),
    admit: (objects, from, proven = NONE) => serial(() => admitNow(objects, from, proven)),
    adopt: (objects) =>
      serial(async () => {
        const changed = new Set<Hex>()
        for (const object of inOrder(objects)) {
          const row = controlRow(object)
          await load(row)
          // The newest beacon and status list are on disk: an older one must not take their place.
          if (row.set === undefined) owed.delete(row.key)
          if (object.kind === 'certificate') changed.add((await roster.verify(object.bytes)).keyId)
          if (object.kind === 'statement')
            for (const key of parseSign1(STATEMENT, object.bytes).claims.keys) changed.add(toHex(key))
        }
        for (const { keyId } of await orphans.retry()) changed.add(keyId)
        if (await log.follow()) await unlogged.settle()
        notify(changed, true)
      }),
    extendLog: (hashes) =>
      serial(async () => {
        const checkpoint = beacon?.claims.checkpoint
        // What the own ACO has written, or a commit that failed, is never fetched again.
        const isWritten = await log.follow()
        if (isWritten) await unlogged.settle()
        if (checkpoint === undefined || hashes.length === 0 || isWritten || !log.extends(hashes, checkpoint))
          return false
        await store.commit({ log: hashes }, { sync: false })
        await log.follow()
        await unlogged.settle()
        return true
      }),
    get log() {
      const checkpoint = beacon?.claims.checkpoint
      return {
        size: log.size,
        root: log.root,
        state: checkpoint ? log.stateAgainst(checkpoint) : 'behind',
        checkpoint,
      }
    },
    async proofOf(known) {
      return beacon === undefined ? undefined : log.prove(known.certificate.bytes, beacon.claims.checkpoint)
    },
    isLogged: (known) => log.has(known.certificate.bytes),
    contacts: () => addressesOf(() => true),
    relays: () => addressesOf(({ relay }) => relay === 1),
    onChange: (listener) => listeners.push(listener),
  }
  return trust
}

const NONE: ReadonlySet<Hex> = new Set()
const ACCEPTED = { action: 'accept', code: 'ACCEPTED' } as const
const OUTDATED = { action: 'ignore', code: 'OUTDATED' } as const
