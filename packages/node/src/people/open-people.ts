import type { TlpLabel } from '@intelmesh/protocol'
import type { NodeApi } from '../api.ts'
import type { Caller } from '../caller.ts'
import type { NodeConfig } from '../config/index.ts'
import type { Logger } from '../observe/index.ts'
import type { PeopleApi } from '../people-api.ts'
import type { Hex, Store } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'
import { auditApi } from './audited.ts'
import { noteConfiguration } from './note-configuration.ts'
import { createRecorder } from './recorder.ts'
import { createRepeats } from './repeats.ts'
import { createStreams } from './streams.ts'
import { openTokens, type Tokens, whoIs } from './tokens.ts'
import { openTrail } from './trail.ts'
import { watchTrust } from './watch-trust.ts'

export interface PeopleComponents {
  readonly store: Pick<Store, 'commit' | 'ledger' | 'ledgerRows' | 'meta'>
  readonly trust: Pick<Trust, 'roster' | 'standing' | 'onChange'>
  /** Own node key id. */
  readonly node: Hex
  readonly config: NodeConfig
  readonly logger: Logger
  /** ms since the Unix epoch. */
  readonly clock: () => number
  readonly random: (length: number) => Uint8Array
}

/** A request that was turned away at the door. */
export interface Refusal {
  /** Nobody's, when there was no token in force. */
  readonly caller?: Caller
  readonly code: string
  readonly method: string
  /** The peer of the connection. */
  readonly address: string
}

/** Who may ask this node, and the trail of what was asked. Disposing writes what is still to be noted. */
export interface People extends AsyncDisposable, Pick<PeopleApi, 'audit' | 'verifyAudit' | 'tokens'> {
  readonly createToken: Tokens['create']
  readonly revokeToken: Tokens['revoke']
  readonly authenticate: Tokens['authenticate']
  /** The API as the caller may have it: whatever goes through it is noted. */
  audited(api: NodeApi, caller: Caller): NodeApi
  /** Notes a refusal, one entry for all alike within a minute. */
  refused(refusal: Refusal): void
}

/** Opens what a home knows of people, and notes what has changed in its configuration. @throws StoreError */
export async function openPeople(components: PeopleComponents): Promise<People> {
  const { store, trust, node, config, logger, clock, random } = components
  await using opening = new AsyncDisposableStack()
  const trail = opening.use(await openTrail({ store, clock }))
  const clearance = (): TlpLabel => trust.roster.ofKey(node)[0]?.certificate.claims.mesh.clearance ?? 'clear'
  const tokens = opening.use(await openTokens({ store, trail, clock, random, clearance }))
  const repeats = opening.use(createRepeats({ trail, logger, clock }))
  const recording = { trail, repeats, tokens, streams: createStreams(), logger }
  await noteConfiguration(store, trail, config)
  watchTrust(trust, node, (note) => {
    trail
      .append(note, { sync: true })
      .catch((error: unknown) => logger.error('a change of trust could not be noted', { error }))
  })
  const opened = opening.move()

  return {
    createToken: (request, by) => tokens.create(request, by),
    revokeToken: (id, by) => tokens.revoke(id, by),
    tokens: async () => tokens.list(),
    authenticate: (token) => tokens.authenticate(token),
    audit: (filter) => trail.list(filter),
    verifyAudit: (check) => trail.verify(check),
    audited: (api, caller) => auditApi(api, createRecorder(recording, caller)),
    refused({ caller, code, method, address }) {
      const who = caller === undefined ? { person: 'node' } : whoIs(caller)
      const note = {
        ...who,
        action: 'refused',
        detail: { code, method, from: address },
      } as const
      // Never fails, and nobody who is refused waits for it.
      void repeats.see({ note, which: `${method} ${address}` })
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
