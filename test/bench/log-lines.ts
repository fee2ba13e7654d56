import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { Observable } from '@intelmesh/stix'

/** What a log file is made of. */
export interface LogPlan {
  readonly lines: number
  /** One line of this many names one of `known`. */
  readonly hitEvery: number
  readonly known: readonly Observable[]
  readonly seed: number
}

/** Writes a log of several shapes (proxy, name server, firewall, web server, JSON), some 200 bytes a line, always the same for a plan. */
export async function writeLog(path: string, { lines, hitEvery, known, seed }: LogPlan): Promise<void> {
  const chance = chanceFrom(seed)
  const file = createWriteStream(path, { highWaterMark: 1024 * 1024 })
  let text = ''
  for (let i = 0; i < lines; i++) {
    const value = i % hitEvery === 0 ? known[chance(known.length)] : undefined
    text += `${lineOf(i, value, chance)}\n`
    if (text.length < WRITTEN_AT_ONCE) continue
    if (!file.write(text)) await once(file, 'drain')
    text = ''
  }
  file.end(text)
  await finished(file)
}

type Chance = (below: number) => number

const WRITTEN_AT_ONCE: number = 256 * 1024
const WORDS =
  'mail cdn static img login api shop news cloud update sync media assets edge data portal www app store web'.split(
    ' ',
  )
const ENDINGS = ['com', 'net', 'org', 'de', 'fr', 'io', 'co.uk', 'example', 'info', 'eu']
const AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0'

/** A line of one shape or another, which names `known` where such a line names things. */
function lineOf(number: number, known: Observable | undefined, chance: Chance): string {
  const at = new Date(Date.UTC(2026, 0, 1) + number * 37).toISOString()
  const own = `10.${chance(256)}.${chance(256)}.${chance(256)}`
  const isUrl = known?.type === 'url'
  const isDigest = known !== undefined && /^(?:md5|sha\d)/.test(known.type)
  const other =
    known === undefined || isUrl || isDigest
      ? chance(3) === 0
        ? addressBy(chance)
        : nameBy(chance)
      : known.value
  const url = isUrl
    ? known.value
    : `https://${other}/${wordsBy(chance)}/${chance(1e6)}.html?id=${chance(1e9)}`
  const digest = isDigest ? known.value : digestBy(chance)
  const shape = isUrl ? 0 : isDigest ? 4 : number % 5
  if (shape === 0)
    return `${at} ${chance(900)} ${own} TCP_MISS/200 ${chance(1e6)} GET ${url} - HIER_DIRECT/${addressBy(chance)} text/html`
  if (shape === 1)
    return `${at} named[812]: client @0x7f3c2c0a ${own}#${1024 + chance(60_000)} (${other}): query: ${other} IN A +E(0)K (192.0.2.53)`
  if (shape === 2)
    return `${at},allow,tcp,${own},${1024 + chance(60_000)},${other},443,${chance(1e5)},${chance(1e6)},"zone trust","zone untrust",rule ${chance(400)},${AGENT}`
  if (shape === 3)
    return `${own} - - [${at}] "GET /${wordsBy(chance)}/${chance(1e5)} HTTP/1.1" 200 ${chance(1e5)} "${url}" "${AGENT}"`
  return JSON.stringify({
    time: at,
    host: `pc${chance(5000)}`,
    process: `C:\\Program Files\\${wordsBy(chance)}.exe`,
    hash: digest,
    peer: other,
    bytes: chance(1e6),
  })
}

function wordsBy(chance: Chance): string {
  return `${WORDS[chance(WORDS.length)]}-${chance(10_000)}`
}

function nameBy(chance: Chance): string {
  return `${WORDS[chance(WORDS.length)]}.${wordsBy(chance)}.${ENDINGS[chance(ENDINGS.length)]}`
}

function addressBy(chance: Chance): string {
  return `${1 + chance(223)}.${chance(256)}.${chance(256)}.${chance(256)}`
}

function digestBy(chance: Chance): string {
  return Array.from({ length: 8 }, () =>
    chance(2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('')
}

/** Mulberry32. */
function chanceFrom(seed: number): Chance {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}
