import { normalise, type ObservableType, parseIp } from '@intelmesh/stix'

/**
 * What a scanner finds in a line, by regular expressions, a set of `type value`, and the normal forms that the index has: what has to be
 * found, and what may be besides, since nobody can say where a URL ends.
 */
export function naiveMatches(
  line: string,
  known: ReadonlySet<string>,
): readonly [least: Set<string>, most: Set<string>] {
  const found = new Set<string>()
  const most = new Set<string>()
  const perhaps: Add = (type, text) => {
    if (text !== undefined && known.has(`${type} ${text}`)) most.add(`${type} ${text}`)
  }
  const add: Add = (type, text) => {
    if (text !== undefined && known.has(`${type} ${text}`)) found.add(`${type} ${text}`)
  }
  for (const text of new Set([line, unescaped(line), refanged(unescaped(line))])) {
    for (const [word] of text.matchAll(/[\w.\-\u0080-\u{10ffff}]+/gu)) {
      for (const run of [word, ...word.split(/[\u0080-\u{10ffff}]+/u)]) {
        const trimmed = run.replace(/^[.-]+|[.-]+$/g, '')
        for (const name of /^[ -~]*$/.test(trimmed) ? trimmed.split('..') : [trimmed]) naiveName(name, add)
        if (/^[\d.]+$/.test(trimmed)) naiveAddress(trimmed, add)
        for (const part of run.split(/[._-]/)) naiveDigest(part, add)
      }
    }
    for (const [address] of text.matchAll(/(?<![\w:])[\da-f]{0,4}:[\da-f:.]*\w?/gi)) {
      const isClear = address.length <= 45 && !/[^\da-f:.]$/i.test(address)
      const ends = isClear ? [address.length] : Array.from(address, (_, end) => end)
      for (const end of ends)
        naiveAddress(address.slice(0, end).replace(/(?:\.|(?<!:):)+$/, ''), isClear ? add : perhaps)
    }
    for (const { index } of text.matchAll(/@/g)) {
      const local = /[\w.%+-]{1,64}$/.exec(text.slice(0, index))?.[0] ?? ''
      const host = /^@[\w.-]+/.exec(text.slice(index))?.[0] ?? ''
      add('email', normalise('email', (local + host).replace(/^\.+|[.-]+$/g, '')))
    }
    for (const { index } of text.matchAll(/:\/\//g)) {
      const scheme = /[a-z][a-z\d*+-]{0,31}$/i.exec(text.slice(Math.max(0, index - 32), index))?.[0]
      // oxlint-disable-next-line no-control-regex
      const rest = /^[^\u0000-\u0020\u007f"<>`]+/.exec(text.slice(index))?.[0]
      if (scheme !== undefined) naiveUrl(scheme + rest, add, perhaps)
    }
  }
  return [found, most.union(found)]
}

type Add = (type: ObservableType, text: string | undefined) => void

function naiveName(name: string, add: Add): void {
  const normal = /^[ -~]*$/.test(name) ? name.toLowerCase() : normalise('domain', name)
  const labels = normal?.split('.') ?? []
  if (!/^[a-z]/.test(labels.at(-1) ?? '')) return
  for (let i = 0; i < labels.length - 1; i++) add('domain', labels.slice(i).join('.'))
}

function naiveAddress(text: string, add: Add): void {
  const bytes = parseIp(text)
  if (bytes === undefined) return
  add(bytes.length === 4 ? 'ipv4' : 'ipv6', normalise(bytes.length === 4 ? 'ipv4' : 'ipv6', text))
  for (let prefix = 0; prefix < bytes.length * 8; prefix++)
    add('cidr', normalise('cidr', `${bytes.length === 4 ? bytes.join('.') : text}/${prefix}`))
}

function naiveDigest(text: string, add: Add): void {
  for (const type of ['md5', 'sha256', 'x509-sha256'] as const) add(type, normalise(type, text))
}

function naiveUrl(url: string, add: Add, perhaps: Add): void {
  const plain = url.replace(/^hxxp/i, 'http')
  for (let end = plain.length; end > 0; end--) {
    const normal = normalise('url', plain.slice(0, end))
    perhaps('url', normal)
    const rest = plain.slice(end)
    if (/^$|^[?,;)\]'|#]/.test(rest) || plain.charAt(end - 1) === '/' || /^[.,:;!?')\]|]+$/.test(rest))
      add('url', normal)
  }
}

function unescaped(line: string): string {
  return line.replaceAll(
    /\\+(?:([nrtbf"'/.])|u([\da-fA-F]{4})|x([\da-fA-F]{2}))?/g,
    (_, letter?: string, unit?: string, byte?: string) => {
      if (letter !== undefined) return /[nrtbf]/.test(letter) ? ' ' : letter
      const digits = unit ?? byte
      return digits === undefined ? '\\' : String.fromCharCode(Number.parseInt(digits, 16))
    },
  )
}

function refanged(line: string): string {
  return line
    .replaceAll(/\[:\/\/\]|\(:\/\/\)/g, '://')
    .replaceAll(/\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}|\[\./gi, '.')
    .replaceAll('[//]', '//')
    .replaceAll(/\[:\]|\(:\)|\[:/g, ':')
    .replaceAll(/\[at\]|\(at\)|\{at\}|\[@\]|\(@\)/gi, '@')
    .replaceAll('[/]', '/')
}
