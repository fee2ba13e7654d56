import type { NodeConfig } from '../config/index.ts'
import type { Store } from '../store/index.ts'
import type { Trail } from './trail.ts'

/** Notes what is set otherwise than when it was noted last: setting → value, as JSON. */
export async function noteConfiguration(
  store: Pick<Store, 'ledger'>,
  trail: Pick<Trail, 'append'>,
  config: NodeConfig,
): Promise<void> {
  const known = ((await store.ledger(KEY)) ?? {}) as Readonly<Record<string, string>>
  const settings = flatten(config)
  const names = new Set([...Object.keys(known), ...Object.keys(settings)])
  const changed = [...names].filter((name) => known[name] !== settings[name])
  if (changed.length === 0) return
  const detail = Object.fromEntries(changed.map((name) => [name, settings[name] ?? 'unset']))
  await trail.append(
    { person: 'node', action: 'configuration', detail },
    { sync: true, ledger: { [KEY]: settings } },
  )
}

const KEY = 'audit-configuration'

function flatten(config: NodeConfig): Readonly<Record<string, string>> {
  const sections = Object.entries(config) as [string, object][]
  const settings = sections.flatMap(([section, values]) =>
    Object.entries(values).map(([name, value]) => [`${section}.${name}`, JSON.stringify(value)]),
  )
  return Object.fromEntries(settings) as Readonly<Record<string, string>>
}
