import {
  type Beacon,
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
import { BEACON_KEY, contactKey, controlRow, inOrder, STATUS_LIST_KEY } from './control-row.ts'
import type { ControlVerdict, Trust, TrustChange } from './interface.ts'
import { type ControlContext, type JudgedControl, judgeControl } from './judge-control.ts'
import { openLogCopy } from './log-copy.ts'
import { createRoster } from './roster.ts'
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
  const contacts = new Map<Hex, Contact>()
  const listeners: ((change: TrustChange) => void)[] = []
  let beacon: Verified<Beacon> | undefined
  let statusList: Uint8Array | undefined
  let statuses: StatusBits | undefined
  let queue: Promise<unknown> = Promise.resolve()
  // The root is part of the set like every other certificate, or the sets of its cluster would never be equal.
  const rootRow = controlRow({ kind: 'certificate', bytes: rootCertificate })
  if ((await store.control(rootRow.key)) === undefined)
    await store.commit({ control: [rootRow] }, { sync: true })
  for (const row of inOrder(await Array.fromAsync(store.controlRows()))) await load(row)
  await checkLog()

  /** Rows of the own store were verified when they came in: only certificates are checked again, for the roster's sake. */
  async function load({ kind, bytes }: ControlRow): Promise<void> {
    const loaders: Readonly<Record<ControlRow['kind'], () => unknown>> = {
      certificate: async () => unlogged.note(await roster.add(bytes)),
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

  /** Applies a judged object to memory, and says what to write for it. */
  async function apply(judged: JudgedControl, changed: Set<Hex>): Promise<ControlRow> {
    if (judged.kind === 'certificate') {
      await unlogged.note(await roster.add(judged.object.bytes))
      changed.add(judged.known.keyId)
      return controlRow(judged.object)
    }
    if (judged.kind === 'statement') {
      closures.add(judged.statement)
      for (const key of judged.statement.keys) changed.add(toHex(key))
      return controlRow(judged.object)
    }
    if (judged.kind === 'beacon') {
      beacon = judged.beacon
      await checkLog()
      for (const node of revokedNow(beacon.claims)) changed.add(node)
      return controlRow(judged.object, BEACON_KEY)
    }
    if (judged.kind === 'status-list') {
      statusList = judged.object.bytes
      statuses = judged.statuses
      for (const known of roster.all()) changed.add(known.keyId)
      return controlRow(judged.object, STATUS_LIST_KEY)
    }
    contacts.set(toHex(judged.contact.node), judged.contact)
    return controlRow(judged.object, contactKey(toHex(judged.contact.node)))
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
    const rows = new Map<string, ControlRow>()
    const evidence: NonNullable<StoreChanges['quarantine']>[number][] = []
    const changed = new Set<Hex>()
    let isBeacon = false
    for (const object of inOrder(objects)) {
      const judged = (await isHeld(object, rows)) ? OUTDATED : await judgeControl(object, context(proven))
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
        continue
      }
      const row = await apply(judged, changed)
      rows.set(row.key, row)
      isBeacon ||= judged.kind === 'beacon'
      verdicts.set(object, { action: 'accept', code: 'ACCEPTED' })
    }
    if (rows.size + evidence.length > 0)
      await store.commit({ control: [...rows.values()], quarantine: evidence }, { sync: rows.size > 0 })
    notify(changed, isBeacon)
    return objects.map((object) => verdicts.get(object) ?? OUTDATED)
  }

  /** Two beacons of one number convince anybody, so both are kept whole; of all else a hash says which it was. */
  function evidenceOf({ bytes }: ControlObject, code: string): string {
    if (code !== 'EQUIVOCATION' || beacon === undefined) return toHex(crypto.sha256(bytes))
    return `${toHex(beacon.bytes)} ${toHex(bytes)}`
  }

  /** Whether an object is in the store, or among the rows on their way there. */
  async function isHeld(object: ControlObject, rows: ReadonlyMap<string, ControlRow>): Promise<boolean> {
    if (object.kind !== 'statement' && object.kind !== 'certificate') return false
    const { key } = controlRow(object)
    return rows.has(key) || (await store.control(key)) !== undefined
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
    const status = closures.of(node, clock())
    if (status.isRevoked) return 'revoked'
    if (status.suspendedUntil !== undefined) return 'suspended'
    const known = roster.ofKey(node)[0]
    const newest = known?.certificate.claims
    if (known === undefined || newest?.mesh.statusIndex === undefined) return 'unknown'
    if (isLogWhole() && unlogged.isOverdue(known.id, clock())) return 'unknown'
    if (beacon?.claims.revoked.includes(newest.mesh.statusIndex)) return 'revoked'
    const listed = statusAt(newest.mesh.statusIndex)
    if (listed !== 'valid') return listed === 'suspended' ? 'suspended' : 'revoked'
    return newest.expiresAt * 1000 <= clock() ? 'expired' : 'good'
  }

  /** Only a node that holds the whole log can say what is not in it. */
  function isLogWhole(): boolean {
    return beacon !== undefined && log.stateAgainst(beacon.claims.checkpoint) === 'consistent'
  }

  function statusAt(index: number): string {
    try {
      return statuses?.statusAt(index) ?? 'valid'
    } catch {
      // A list older than the certificate does not cover its index yet.
      return 'valid'
    }
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
    closedHeads: () => closures.closedHeads(clock()),
    nextChange: () => closures.nextChange(clock()),
    admit: (objects, from, proven = NONE) => serial(() => admitNow(objects, from, proven)),
    adopt: (objects) =>
      serial(async () => {
        const changed = new Set<Hex>()
        for (const object of inOrder(objects)) {
          await load(controlRow(object))
          if (object.kind === 'certificate') changed.add((await roster.verify(object.bytes)).keyId)
          if (object.kind === 'statement')
            for (const key of parseSign1(STATEMENT, object.bytes).claims.keys) changed.add(toHex(key))
        }
        if (store.logSize > log.size) log.appended(await store.logHashes(log.size, store.logSize))
        await unlogged.settle()
        notify(changed, true)
      }),
    extendLog: (hashes) =>
      serial(async () => {
        const checkpoint = beacon?.claims.checkpoint
        // The ACO's own home writes its log itself; what it has written is never fetched again.
        const isWrittenHere = store.logSize > log.size
        if (
          checkpoint === undefined ||
          hashes.length === 0 ||
          isWrittenHere ||
          !log.extends(hashes, checkpoint)
        )
          return false
        await store.commit({ log: hashes }, { sync: false })
        log.appended(hashes)
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
const OUTDATED = { action: 'ignore', code: 'OUTDATED' } as const
