import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { checkSource, type SourceReport } from './check-source.ts'
import { readDisagreements, rowOf } from './disagreements.ts'
import { sources } from './sources.ts'

/**
 * `pnpm conformance`: publishes what an independent validator calls valid, each source into a fresh home, exports it by record id and
 * compares the bytes; and sees that what it calls invalid is refused. Fails on any disagreement that the specification does not list.
 */
const data = process.env['INTELMESH_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname
if (!existsSync(`${data}/PEER_VERDICTS.tsv`)) {
  console.error(`no data at ${data}: set INTELMESH_DATA to the folder with PEER_VERDICTS.tsv`)
  process.exit(2)
}

const known = readDisagreements(new URL('../../docs/spec/stix-disagreements.tsv', import.meta.url))
const all = sources(data)
const reports: SourceReport[] = []
const used = new Set<string>()
const unlisted: string[] = []
let done = 0

async function work(): Promise<void> {
  for (let source = all.pop(); source !== undefined; source = all.pop()) {
    const report = await checkSource(source)
    reports.push(report)
    for (const disagreement of report.disagreements) {
      const row = rowOf(known, disagreement)
      if (row === undefined)
        unlisted.push(
          `${disagreement.source}\t${disagreement.object}\t${disagreement.peer}\t${disagreement.ours}\t${disagreement.detail}`,
        )
      else used.add(row)
    }
    done++
    if (process.stderr.isTTY || done % 50 === 0)
      process.stderr.write(
        `${process.stderr.isTTY ? '\r' : ''}${done} sources${process.stderr.isTTY ? '' : '\n'}`,
      )
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work))

const sum = (count: (report: SourceReport) => number): number =>
  reports.reduce((total, report) => total + count(report), 0)
process.stderr.write('\n')
console.log(`sources            ${reports.length}`)
console.log(`agree              ${sum(({ agreed }) => agreed)}`)
console.log(`refused-by-label   ${sum(({ refusedByLabel }) => refusedByLabel)}`)
console.log(
  `disagree           ${sum(({ disagreements }) => disagreements.length)} (${used.size} lines of docs/spec/stix-disagreements.tsv)`,
)
for (const line of unlisted.toSorted()) console.log(`not listed: ${line}`)
for (const { key } of known) if (!used.has(key)) console.log(`listed, but not met: ${key}`)
const isStale = known.some(({ key }) => !used.has(key))
process.exitCode = unlisted.length > 0 || isStale ? 1 : 0
