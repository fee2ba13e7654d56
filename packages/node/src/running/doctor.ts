import { statfs } from 'node:fs/promises'
import { toHex } from '@intelmesh/protocol'
import type { Diagnosis } from '../api.ts'
import { isoTime } from '../query/index.ts'
import type { Core } from './core.ts'
import type { Mesh } from './mesh.ts'

/** One thing looked at. Nothing is said of what does not apply. */
type Check = (core: Core, mesh: Mesh | undefined) => Promise<Diagnosis | undefined> | Diagnosis | undefined

const MIN_FREE_BYTES: number = 256 * 1024 * 1024
const DAY_MS = 86_400_000
const CLOCK_SLACK_MS: number = 5 * 60_000

const CHECKS: readonly Check[] = [
  checkClock,
  checkCertificate,
  checkFreshness,
  checkLog,
  checkDisk,
  checkStore,
  checkPorts,
  checkPeers,
  checkOperator,
  checkVersion,
]

/** Looks at everything that commonly goes wrong, and says what to do about what does. */
export async function diagnose(core: Core, mesh: Mesh | undefined): Promise<readonly Diagnosis[]> {
  const found = await Promise.all(CHECKS.map(async (check) => check(core, mesh)))
  return found.filter((diagnosis): diagnosis is Diagnosis => diagnosis !== undefined)
}

/** The ACO's newest word cannot lie in the future: then this clock is behind. */
function checkClock(core: Core): Diagnosis | undefined {
  const at = core.trust.beacon?.claims.at
  if (at === undefined) return undefined
  const ahead = at - core.clock()
  if (ahead <= CLOCK_SLACK_MS)
    return { check: 'clock', state: 'ok', detail: `not behind the ACO's (${isoTime(core.clock())})` }
  return {
    check: 'clock',
    state: 'failed',
    detail: `${Math.round(ahead / 60_000)} minutes behind the ACO's`,
    remedy: 'switch on NTP: records dated by this clock will be refused',
  }
}

function checkCertificate(core: Core): Diagnosis {
  const own = core.own()
  const standing = core.trust.standing(own.keyId)
  const until = own.certificate.claims.expiresAt * 1000
  const left = until - core.clock()
  const half = (until - own.certificate.claims.notBefore * 1000) / 2
  if (standing === 'expired')
    return {
      check: 'certificate',
      state: 'failed',
      detail: `expired on ${isoTime(until)}`,
      remedy:
        'run the node while the ACO serves: it renews by itself for 30 days; after that ask for a new invite',
    }
  if (standing !== 'good')
    return {
      check: 'certificate',
      state: 'failed',
      detail: standing,
      remedy: 'ask your ACO why, and for a reinstatement or a new invite',
    }
  if (left < half / 2)
    return {
      check: 'certificate',
      state: 'warning',
      detail: `expires on ${isoTime(until)} and was not renewed yet`,
      remedy: `check that this machine reaches ${core.urls[0] ?? 'the enrolment service of the ACO'}`,
    }
  return { check: 'certificate', state: 'ok', detail: `valid until ${isoTime(until)}` }
}

function checkFreshness(core: Core): Diagnosis {
  const spent = core.trust.staleness()
  const beacon = core.trust.beacon?.claims
  const detail =
    beacon === undefined
      ? 'no beacon yet'
      : `beacon ${beacon.number} of ${isoTime(beacon.at)}, good until ${isoTime(beacon.nextUpdate)}`
  if (spent >= 1)
    return {
      check: 'freshness',
      state: 'failed',
      detail,
      remedy:
        'connect to any member or to the ACO: until then AMBER and above neither leave nor arrive, and no new certificate is accepted',
    }
  if (spent >= 0.5)
    return {
      check: 'freshness',
      state: 'warning',
      detail,
      remedy: 'the ACO has not been heard for half of the time its word is good for: ask whether it serves',
    }
  return { check: 'freshness', state: 'ok', detail }
}

function checkLog(core: Core): Diagnosis {
  const { size, state } = core.trust.log
  if (state === 'inconsistent')
    return {
      check: 'log',
      state: 'failed',
      detail: 'the ACO has signed two logs that do not fit together',
      remedy: 'keep this home as evidence, and ask the other members and the ACO',
    }
  if (state === 'behind')
    return {
      check: 'log',
      state: 'warning',
      detail: `${size} entries, fewer than the newest checkpoint`,
      remedy: 'connect to a member: the rest comes by itself',
    }
  return { check: 'log', state: 'ok', detail: `${size} entries, consistent` }
}

async function checkDisk(core: Core): Promise<Diagnosis> {
  const { bavail, bsize } = await statfs(core.options.paths.home)
  const free = bavail * bsize
  const detail = `${Math.round(free / 1024 / 1024)} MiB free`
  if (free >= MIN_FREE_BYTES) return { check: 'disk', state: 'ok', detail }
  return {
    check: 'disk',
    state: 'failed',
    detail,
    remedy: 'make room: publishing is refused when the disk is full, reading goes on',
  }
}

/** Own records that were acknowledged and that nobody holds any more are said as long as they are missing. */
function checkStore({ health }: Core, mesh: Mesh | undefined): Diagnosis | undefined {
  const { damage, healed, forgotten, losses } = health
  if (damage !== undefined)
    return {
      check: 'store',
      state: 'failed',
      detail: damage,
      remedy: 'restart the node, which heals it, or run `intelmesh store repair`; and look after the disk',
    }
  if (losses.own.length > 0 && mesh?.scheduler.isInSync === true)
    return {
      check: 'store',
      state: 'failed',
      detail: `${losses.own.length} own records are lost, and no member holds them: ${losses.own[0]}`,
      remedy: 'publish them again from where they came',
    }
  if (losses.missing > 0)
    return {
      check: 'store',
      state: 'warning',
      detail: `${losses.missing} records were lost and have not come back`,
      remedy: 'wait until this node is in sync; what expired meanwhile does not come back',
    }
  if (healed === undefined && forgotten === 0) return { check: 'store', state: 'ok', detail: 'sound' }
  return {
    check: 'store',
    state: 'warning',
    detail:
      healed === undefined
        ? `had forgotten ${forgotten} arrivals at the start`
        : `was damaged, and was put together again with ${healed.records} records`,
    remedy: 'look after the disk: what it forgot came back from members',
  }
}

function checkPorts({ options: { config } }: Core, mesh: Mesh | undefined): Diagnosis {
  if (mesh === undefined)
    return {
      check: 'ports',
      state: 'warning',
      detail: 'no node runs on this home',
      remedy: 'start it with `intelmesh run`',
    }
  if (config.network.listen.length === 0)
    return { check: 'ports', state: 'ok', detail: 'dials out only, as configured' }
  const addresses = mesh.network.addresses
  const isReachable = addresses.some((address) => !/\/ip4\/127\.|\/ip6\/::1\//.test(address))
  if (isReachable) return { check: 'ports', state: 'ok', detail: addresses.join(' ') }
  return {
    check: 'ports',
    state: 'warning',
    detail: `only loopback: ${addresses.join(' ')}`,
    remedy: 'set network.listen, or network.announce to the address that others reach',
  }
}

function checkPeers(core: Core, mesh: Mesh | undefined): Diagnosis | undefined {
  if (mesh === undefined) return undefined
  const connected = mesh.network.peers().length
  const known = core.trust.contacts().size
  const [refusal] = mesh.refusals.values()
  if (refusal !== undefined && connected === 0) {
    return {
      check: 'peers',
      state: 'failed',
      detail: `${mesh.refusals.size} members refuse this node with ${refusal}`,
      remedy: 'ask your ACO how this node stands',
    }
  }
  if (connected > 0 || known <= 1) return { check: 'peers', state: 'ok', detail: `${connected} connected` }
  return {
    check: 'peers',
    state: 'failed',
    detail: `none of ${known} known members is connected`,
    remedy: 'check that outbound TCP to port 4650 is allowed; `intelmesh quarantine` shows refusals',
  }
}

function checkOperator(core: Core): Diagnosis | undefined {
  if (core.authority === undefined) return undefined
  const issuer = core.trust.roster.ofKey(toHex(core.own().certificate.claims.mesh.issuer))[0]
  const until = (issuer?.certificate.claims.expiresAt ?? 0) * 1000
  const days = Math.floor((until - core.clock()) / DAY_MS)
  const detail = `operator certificate holds for ${days} days`
  if (days > 60) return { check: 'operator', state: 'ok', detail }
  return {
    check: 'operator',
    state: days > 0 ? 'warning' : 'failed',
    detail,
    remedy: 'renew it with the root key: intelmesh aco renew-operator',
  }
}

function checkVersion(core: Core): Diagnosis {
  if (!core.trust.upgradeNeeded)
    return { check: 'version', state: 'ok', detail: 'speaks what its peers speak' }
  return {
    check: 'version',
    state: 'warning',
    detail: 'a member speaks a later version',
    remedy: 'upgrade: what it publishes in that version is not seen here',
  }
}
