import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { createMetrics } from '../../packages/node/src/observe/index.ts'
import { anchorsOf, readPage, ROOT } from '../docs/pages.ts'

interface Panel {
  readonly title: string
  readonly type: string
  readonly targets?: readonly { readonly expr: string }[]
}

interface Dashboard {
  readonly uid: string
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[]
  }
}

interface Alert {
  readonly name: string
  readonly fields: ReadonlyMap<string, string>
}

const rules = readFileSync(join(ROOT, 'deploy/prometheus/alerts.yml'), 'utf8')
const alerts = alertsIn(rules)
const dashboard = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/intelmesh.json'), 'utf8')) as Dashboard
const page = readPage('docs/guide/operate.md')

let known: ReadonlySet<string>
beforeAll(async () => {
  known = await exposed()
})

describe('the alert rules', () => {
  it('are many, each with a name of its own', () => {
    expect(alerts.length).toBeGreaterThan(10)
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length)
    expect(alerts.length).toBe([...rules.matchAll(/alert:/g)].length)
  })

  test.for(alerts.map((alert) => [alert.name, alert] as const))(
    '%s asks for what there is, and says what to do',
    ([name, { fields }]) => {
      const expression = fields.get('expr') ?? ''
      expect(unknownIn(expression)).toEqual([])
      expect(hasPairs(expression)).toBe(true)
      expect(fields.get('summary')).toMatch(/^[A-Z].*\.$/)
      expect(fields.get('labels')).toMatch(/^\{ severity: (warning|critical) \}$/)
      expect(fields.get('runbook')).toBe(`docs/guide/operate.md#${name.toLowerCase()}`)
      expect([...anchorsOf(page)]).toContain(name.toLowerCase())
    },
  )
})

describe('the dashboard', () => {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row')

  it('can be imported anywhere: its data source is a variable', () => {
    expect(dashboard).toMatchObject({ uid: 'intelmesh', schemaVersion: 41 })
    expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['job', 'query'],
      ['instance', 'query'],
    ])
    expect(JSON.stringify(dashboard)).not.toMatch(/"uid":"(?!intelmesh"|\$\{datasource\}")/)
  })

  test.for(panels.map((panel) => [panel.title, panel] as const))(
    '%s shows what there is',
    ([, { targets = [] }]) => {
      expect(targets.length).toBeGreaterThan(0)
      expect(targets.flatMap(({ expr }) => unknownIn(expr))).toEqual([])
      expect(targets.every(({ expr }) => hasPairs(expr))).toBe(true)
    },
  )
})

describe('the guide', () => {
  it('lists every metric that the node counts itself', async () => {
    const own = [...known].filter((name) => !/^intelmesh_(process|nodejs)_|_(bucket|count|sum)$/.test(name))
    const shown = page.text.replaceAll(/\{[a-z,]*\}/g, '')
    expect(own.filter((name) => !shown.includes(`\`${name}\``))).toEqual([])
  })
})

/** Names of the series that a node exposes once all of it is known. */
async function exposed(): Promise<ReadonlySet<string>> {
  const metrics = createMetrics(() => 0)
  metrics.gossipVerdict('reject', 'X')
  metrics.admission('X')
  metrics.records('green', 1)
  metrics.refusedConnection('outbound', 'X')
  metrics.syncSession('failed', { sent: 1, received: 1 })
  metrics.published('published', 1)
  metrics.apiRequest('status', 200, 1)
  const { text } = await metrics.expose()
  const histograms = [...text.matchAll(/^# TYPE (\S+) histogram$/gm)].map(([, name = '']) => name)
  return new Set([
    ...[...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name),
    ...histograms.flatMap((name) => ['bucket', 'count', 'sum'].map((part) => `${name}_${part}`)),
  ])
}

function unknownIn(expression: string): readonly string[] {
  const names = [...expression.matchAll(/\bintelmesh_\w+/g)].map(([name]) => name)
  return names.length === 0 && !expression.includes('up{')
    ? [expression]
    : names.filter((name) => !known.has(name))
}

function hasPairs(expression: string): boolean {
  const open: string[] = []
  for (const [sign] of expression.replaceAll(/"[^"]*"/g, '').matchAll(/[()[\]{}]/g)) {
    if ('([{'.includes(sign)) open.push(sign)
    else if (`${open.pop()}${sign}`.match(/^(\(\)|\[\]|\{\})$/) === null) return false
  }
  return open.length === 0
}

/** The rules are kept so plain, that a line holds a field. */
function alertsIn(text: string): readonly Alert[] {
  const [head = '', ...blocks] = text.split(/^ {6}- alert: /m)
  expect(head).toContain('groups:\n  - name: intelmesh\n    rules:\n')
  return blocks.map((block) => {
    const [name = '', ...lines] = block.trimEnd().split('\n')
    const fields = lines.map((line) => {
      const { depth, field, value } =
        /^(?<depth> {8}(?: {2})?)(?<field>[a-z]+):(?: (?<value>\S.*))?$/.exec(line)?.groups ?? {}
      if (field === undefined || (depth?.length === 10) !== (field === 'summary' || field === 'runbook'))
        throw new Error(`not a field of an alert: ${line}`)
      return [field, value ?? ''] as const
    })
    return { name, fields: new Map(fields) }
  })
}
