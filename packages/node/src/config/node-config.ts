/** How much a log says: see {@link createLogger}. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** All settings of a node, checked and frozen. Secrets are not among them. */
export interface NodeConfig {
  readonly network: {
    /** Multiaddrs to listen on; none for a node that only dials out. Port 0 takes any free one. */
    readonly listen: readonly string[]
    /** Multiaddrs to tell others instead of those listened on. */
    readonly announce: readonly string[]
    /** Whether this node passes bytes on for members that cannot be reached. */
    readonly relay: boolean
  }
  readonly api: { readonly host: string; readonly port: number }
  readonly enrolment: {
    readonly host: string
    readonly port: number
    /** http or https URLs at which newcomers reach the enrolment service. */
    readonly publicUrls: readonly string[]
    /** Whether loopback addresses go into invites. */
    readonly local: boolean
  }
  readonly log: { readonly level: LogLevel }
  readonly status: {
    /** How long members trust the ACO's newest word without hearing another. */
    readonly nextUpdateHours: number
    readonly beatSeconds: number
  }
  readonly sync: { readonly intervalSeconds: number }
  /** Whether a node whose store is damaged puts it aside and fetches what it held from members. */
  readonly store: { readonly heal: 'auto' | 'off' }
  /** Rules such as `green 90d` or `green/observed-data 7d`: what is older is not kept here, though it has not expired. */
  readonly retention: { readonly keep: readonly string[] }
  readonly limits: { readonly connections: number }
  /** What the gate before publishing holds back besides its lists, and what it lets through. */
  readonly gate: {
    readonly ownDomains: readonly string[]
    /** Addresses and networks. */
    readonly ownRanges: readonly string[]
    /** Names, with `*` for any run of characters but dots. */
    readonly internalHosts: readonly string[]
    /** Values, and lists of the gate. */
    readonly allow: readonly string[]
  }
}
