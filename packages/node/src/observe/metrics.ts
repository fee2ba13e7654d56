import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What a node counts. Labels are closed sets: codes, names of sets, directions. Never ids, names or values of intel. */
export interface Metrics {
  /** A gossip message was judged. */
  gossipVerdict(action: 'accept' | 'ignore' | 'reject', code: string): void
  /** Admission took a record, or refused it. */
  admission(code: string): void
  /** Records in a set now. */
  records(set: string, count: number): void
  /** Members connected now. */
  peers(count: number): void
  /** A connection was refused, by us or to us. */
  refusedConnection(direction: 'inbound' | 'outbound', code: string): void
  /** A reconciliation session ended. */
  syncSession(
    outcome: 'equal' | 'mended' | 'failed',
    bytes: { readonly sent: number; readonly received: number },
  ): void
  /** Records of the own organisation were published or refused. */
  published(outcome: 'published' | 'refused', count: number): void
  /** The newest word of the ACO. ms since the Unix epoch; the age is worked out when the metrics are read. */
  beaconAt(at: number): void
  /** When the own certificate expires. ms since the Unix epoch. */
  certificateExpiresAt(at: number): void
  /** A request to the API was answered. */
  apiRequest(method: string, status: number, seconds: number): void
  /** All of it in the text format of Prometheus, with its media type. */
  expose(): Promise<{ readonly text: string; readonly contentType: string }>
}

/** A register of its own for one node. @param clock ms since the Unix epoch */
export function createMetrics(clock: () => number): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'intelmesh_' })
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name: `intelmesh_${name}`, help, labelNames, registers: [registry] })
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `intelmesh_${name}`, help, labelNames, registers: [registry] })
  const histogram = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Histogram({
      name: `intelmesh_${name}_seconds`,
      help,
      labelNames,
      registers: [registry],
      buckets: SECONDS,
    })

  const verdicts = counter('gossip_verdicts_total', 'Gossip messages judged', ['action', 'code'])
  const admissions = counter('admissions_total', 'Records judged at admission', ['code'])
  const records = gauge('records', 'Records held', ['set'])
  const peers = gauge('peers', 'Members connected', [])
  const refused = counter('refused_connections_total', 'Connections refused', ['direction', 'code'])
  const sessions = counter('sync_sessions_total', 'Reconciliation sessions', ['outcome'])
  const bytes = counter('sync_bytes_total', 'Bytes of reconciliation', ['direction'])
  const published = counter('published_records_total', 'Own records offered', ['outcome'])
  const requests = histogram('api_request', 'Time of one API request', ['method', 'status'])
  let beaconAt: number | undefined
  let expiresAt: number | undefined
  secondsGauge(registry, 'beacon_age_seconds', 'Age of the newest word of the ACO', () =>
    beaconAt === undefined ? undefined : clock() - beaconAt,
  )
  secondsGauge(registry, 'certificate_remaining_seconds', 'Time until the own certificate expires', () =>
    expiresAt === undefined ? undefined : expiresAt - clock(),
  )
  return {
    gossipVerdict: (action, code) => verdicts.inc({ action, code: bounded(code) }),
    admission: (code) => admissions.inc({ code: bounded(code) }),
    records: (set, count) => records.set({ set }, count),
    peers: (count) => peers.set(count),
    refusedConnection: (direction, code) => refused.inc({ direction, code: bounded(code) }),
    syncSession(outcome, { sent, received }) {
      sessions.inc({ outcome })
      bytes.inc({ direction: 'sent' }, sent)
      bytes.inc({ direction: 'received' }, received)
    },
    published: (outcome, count) => published.inc({ outcome }, count),
    beaconAt(at) {
      beaconAt = at
    },
    certificateExpiresAt(at) {
      expiresAt = at
    },
    apiRequest: (method, status, seconds) => requests.observe({ method, status: String(status) }, seconds),
    expose: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  }
}

/** Counts nothing. */
export const NO_METRICS: Metrics = {
  gossipVerdict() {},
  admission() {},
  records() {},
  peers() {},
  refusedConnection() {},
  syncSession() {},
  published() {},
  beaconAt() {},
  certificateExpiresAt() {},
  apiRequest() {},
  expose: () => Promise.resolve({ text: '', contentType: 'text/plain; charset=utf-8' }),
}

const SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10]

/** A code as a label. What a peer told us may be any text: it must not make a time series of its own. */
function bounded(code: string): string {
  return /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'OTHER'
}

function secondsGauge(registry: Registry, name: string, help: string, ms: () => number | undefined): void {
  new Gauge({
    name: `intelmesh_${name}`,
    help,
    registers: [registry],
    collect() {
      const value = ms()
      if (value !== undefined) this.set(value / 1000)
    },
  })
}
