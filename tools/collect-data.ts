/**
 * Builds test/data, the demonstration's feeds and the gate's warning lists from the shared data that INTELMESH_DATA names. What
 * is taken stands in data/sources.ts, data/feeds.ts and data/warning-lists.ts, what may be taken in data/licences.ts. The same
 * input gives the same files.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import type { FeedInput } from './data/feeds.ts'
import { FEEDS } from './data/feeds.ts'
import { filesOf, licenceOf, readManifest, readShared } from './data/manifest.ts'
import type { Notice } from './data/notices.ts'
import { renderNotices } from './data/notices.ts'
import { SOURCES } from './data/sources.ts'
import { carriedLists } from './data/warning-lists.ts'
import { ROOT } from './run.ts'

const TEST_DATA = join(ROOT, 'test/data')
const DEMO_DATA = join(ROOT, 'packages/cli/data')
const GATE_LISTS = join(ROOT, 'packages/gate/lists')

const shared = process.env['INTELMESH_DATA'] ?? join(ROOT, '../shared/data')
const manifest = readManifest(shared)
collectTestData()
collectFeeds()
collectWarningLists()

function collectTestData(): void {
  for (const entry of readdirSync(TEST_DATA, { withFileTypes: true })) {
    if (entry.isDirectory()) rmSync(join(TEST_DATA, entry.name), { recursive: true })
  }
  const carried = new Set(SOURCES.flatMap((source) => filesOf(source, manifest)).map(({ path }) => path))
  const notices: Notice[] = []
  for (const source of SOURCES) {
    for (const file of filesOf(source, manifest)) {
      const bytes = readShared(shared, file)
      const kept = source.reduce === undefined ? bytes : Buffer.from(source.reduce(bytes.toString(), carried))
      const name = write(TEST_DATA, file.path, kept)
      notices.push({ file: name, origin: file.origin, licence: licenceOf(file), copyright: source.copyright })
    }
  }
  const introduction = `What \`pnpm collect-data\` took from others, unchanged unless \`tools/data/sources.ts\` reduces it. Files that name
malware, or that are large, are compressed, since scanners take clones with such lists into quarantine.`
  writeFileSync(join(TEST_DATA, 'NOTICES.md'), renderNotices(introduction, notices))
}

function collectFeeds(): void {
  rmSync(DEMO_DATA, { recursive: true, force: true })
  const notices: Notice[] = []
  for (const { file, from, make } of FEEDS) {
    const source = SOURCES.find(({ path }) => path === from || from.startsWith(`${path}/`))
    if (source === undefined) throw new Error(`no source holds ${from}`)
    const files = filesOf({ ...source, path: from }, manifest)
    const inputs: readonly FeedInput[] = files.map((one) => ({
      path: one.path,
      text: readShared(shared, one).toString(),
    }))
    const name = write(DEMO_DATA, file, Buffer.from(make(inputs)))
    for (const one of files.slice(0, 1)) {
      const origin = one.origin.replace(/:.*@/, '@')
      notices.push({ file: name, origin, licence: licenceOf(one), copyright: source.copyright })
    }
  }
  const index = FEEDS.map(({ file, title, format }) => ({ file: `${file}.zst`, title, format }))
  writeFileSync(join(DEMO_DATA, 'feeds.json'), `${JSON.stringify(index, null, 2)}\n`)
  const introduction = `The feeds that \`intelmesh demo\` publishes, each made by \`tools/data/feeds.ts\` from the work of others. They point at live
malware: never fetch or open what they name.`
  writeFileSync(join(DEMO_DATA, 'NOTICES.md'), renderNotices(introduction, notices))
}

function collectWarningLists(): void {
  rmSync(GATE_LISTS, { recursive: true, force: true })
  mkdirSync(GATE_LISTS)
  const lists = carriedLists(manifest, (file) => readShared(shared, file).toString())
  for (const { file, text } of lists) writeFileSync(join(GATE_LISTS, file), text)
  const introduction = `Warning lists that \`pnpm collect-data\` took from the MISP project: name, version, description, type and values as they are, with
the commit they are of.`
  const notices = lists.map(({ notice }) => notice)
  writeFileSync(join(GATE_LISTS, 'NOTICES.md'), renderNotices(introduction, notices))
}

/** Writes a file, compressed unless it is one of the short crypto vectors; returns the name it got. */
function write(folder: string, path: string, bytes: Buffer): string {
  const readable = path.startsWith('crypto/') && bytes.length < 50_000
  const name = readable ? path : `${path}.zst`
  const target = join(folder, name)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(
    target,
    readable ? bytes : zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }),
  )
  return name
}
