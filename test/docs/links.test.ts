import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { allPages, anchorsOf, linksOf, readPage, ROOT } from './pages.ts'

describe(linksOf, () => {
  test.for(allPages().map((page) => [page.path, page] as const))('of %s lead somewhere', ([, page]) => {
    const dead = linksOf(page).filter(
      ({ path, anchor }) => !existsSync(join(ROOT, path)) || isDead(path, anchor),
    )
    expect(dead).toEqual([])
  })

  it('sees relative links and anchors, and leaves code and other sites alone', () => {
    const text = '[a](b.md#c) ![d](../e.svg) [f](#g) [h](https://x.example) `[i](j)`\n```\n[k](l)\n```\n'
    expect(linksOf({ path: 'docs/page.md', text })).toEqual([
      { path: 'docs/b.md', anchor: 'c' },
      { path: 'e.svg' },
      { path: 'docs/page.md', anchor: 'g' },
    ])
  })
})

describe(anchorsOf, () => {
  it('makes anchors as pages show them', () => {
    const text = '# Keys, and where to put the root\n## A `code` word\n## Twice\n## Twice\n```\n# none\n```\n'
    const expected = ['keys-and-where-to-put-the-root', 'a-code-word', 'twice', 'twice-1']
    expect([...anchorsOf({ path: '', text })]).toEqual(expected)
  })
})

function isDead(path: string, anchor: string | undefined): boolean {
  return anchor !== undefined && !anchorsOf(readPage(path)).has(anchor)
}
