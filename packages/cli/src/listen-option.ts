/** `--listen` of everything that makes or runs a node. */
export const LISTEN_OPTION = {
  kind: 'text',
  value: 'ADDR',
  repeats: true,
  summary: 'where other members reach this node, such as /ip4/0.0.0.0/tcp/4650; none only dials out',
} as const

/** `--listen none` stands for no address at all. */
export function listenAddresses(given: readonly string[]): readonly string[] {
  return given.length === 1 && given[0] === 'none' ? [] : given
}

/** The setting to write, if addresses were given. */
export function listenSetting(given: readonly string[]): Readonly<Record<string, unknown>> {
  return given.length === 0 ? {} : { 'network.listen': listenAddresses(given) }
}
