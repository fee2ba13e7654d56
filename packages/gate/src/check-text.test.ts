import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { checkText } from './check-text.ts'
import { createOwnership } from './own-assets.ts'
import { wordsOf } from './words-of.ts'

const own = createOwnership({
  domains: ['bank.example'],
  ranges: ['198.51.100.0/24', '2001:db8:1::/48'],
  hosts: ['srv-*', 'mainframe'],
})

function found(text: string): readonly string[] {
  return [...checkText(text, own)].map(({ reason, value }) => `${reason.list} ${value}`)
}

describe(checkText, () => {
  test.for<[string, ...string[]]>([
    ['Nothing to see here: 10.0.0.1, https://evil.org/x, google.com.'],
    ['Mail from Jane.Doe+x@Corp-Mail.com.', 'personal-data Jane.Doe+x@Corp-Mail.com'],
    ['<mailto:jane@corp-mail.com>', 'personal-data jane@corp-mail.com'],
    [
      'jane[at]corp-mail[.]com or (jane(@)corp-mail(dot)com)',
      'personal-data jane@corp-mail.com',
      'personal-data jane@corp-mail.com',
    ],
    ['ｊａｎｅ＠ｃｏｒｐ－ｍａｉｌ．ｃｏｍ', 'personal-data jane@corp-mail.com'],
    ['jörg@müller.de', 'personal-data jörg@müller.de'],
    ['“jane@corp-mail.com”', 'personal-data jane@corp-mail.com'],
    ['Contact soc@bank.example, abuse+eu@isp.net or SECURITY@isp.net'],
    ['jane@bank.example', 'personal-data jane@bank.example'],
    ['package left-pad@1.3.0, handle @jane, a@b, x@@y.com, @'],
    ['Seen on srv-01 and SRV-dc2, not on my-srv-01', 'internal-host srv-01', 'internal-host SRV-dc2'],
    ['the mainframe.', 'internal-host mainframe'],
    [
      'on dc01.corp, nas.home.arpa:8080 and printer.local',
      'internal-host dc01.corp',
      'internal-host nas.home.arpa',
      'internal-host printer.local',
    ],
    ['It is internal. A local matter on our LAN, the corp'],
    ['copied to \\\\fileserver\\share$\\x', 'internal-host \\\\fileserver'],
    ['copied to "\\\\\\\\fileserver\\\\share"', 'internal-host \\\\fileserver'],
    ['\\\\srv-01\\c$', 'internal-host srv-01'],
    ['pipe \\\\.\\pipe\\x, \\\\?\\C:\\x, C:\\\\Users\\\\x, HKLM\\\\Software\\\\x, \\\\nothing'],
    ['\\\\evil.org@SSL\\DavWWWRoot and \\\\203.0.113.7\\x'],
    ['at https://vpn.bank.example/login', 'own vpn.bank.example'],
    ['BANK[.]example', 'own BANK.example'],
    ['notbank.example'],
    [
      'from 198.51.100.7:443, [2001:db8:1::7]:80 and 2001:DB8:1::8.',
      'own 198.51.100.7',
      'own 2001:db8:1::7',
      'own 2001:DB8:1::8',
    ],
    ['http://user:x@srv-9', 'internal-host srv-9'],
  ])('%j', ([text, ...expected]) => {
    expect(found(text)).toEqual(expected)
  })

  it('finds a host once for a path and once for the word that it is', () => {
    expect(found('\\\\dc01.corp\\x')).toEqual(['internal-host dc01.corp'])
  })

  it('reads any text to the end', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(found(`${text} jane@corp-mail.com`).at(-1)).toContain('jane@corp-mail.com')
      }),
    )
  })
})

describe(wordsOf, () => {
  it('gives words that stand in the text, in order, and none that is too long', () => {
    const unit = fc.constantFrom('a', 'B', '1', '.', '-', '@', ':', '\\', ' ', 'é', '中', '\u{1F4A5}')
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 100 }), (text) => {
        let from = 0
        const plain = text.normalize('NFKC')
        for (const { kind, text: word } of wordsOf(text)) {
          if (kind === 'share') continue
          const at = plain.indexOf(word, from)
          expect(at, word).toBeGreaterThanOrEqual(from)
          from = at + word.length
        }
      }),
    )
    expect([...wordsOf(`${'a'.repeat(513)} b`)]).toEqual([{ kind: 'word', text: 'b' }])
  })

  it('hands over each character of a hostile text twice at most', () => {
    for (const piece of ATTACKS) {
      const text = piece.repeat(20_000)
      const length = text.normalize('NFKC').length
      const handed = [...wordsOf(text)].reduce((sum, { text: word }) => sum + word.length, 0)
      expect(handed, piece).toBeLessThanOrEqual(2 * length)
      expect([...checkText(text, own)].length, piece).toBeLessThanOrEqual(length)
    }
  })
})

const ATTACKS = 'a @ a@ . a. : a: \\ \\\\a\\ \\\\ [.] [at] é ﷺ \ud800 xn-- % a@b.c: srv-'.split(' ')
