import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** The top of the repository. */
export const ROOT: string = join(import.meta.dirname, '..', '..')

/** A page of documentation. */
export interface Page {
  /** From the top of the repository. */
  readonly path: string
  readonly text: string
}

/** A block of code in a page. */
export interface Block {
  readonly language: string
  readonly code: string
}

/** Every page: at the top, under `docs`, and beside the packages and vectors. */
export function allPages(): readonly Page[] {
  const tops = readdirSync(ROOT).filter((name) => name.endsWith('.md'))
  const guides = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
  const packages = readdirSync(join(ROOT, 'packages')).map((name) => join('packages', name, 'README.md'))
  return [...tops, ...guides, ...packages, 'test/vectors/README.md'].map(readPage)
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') }
}

/** Fenced blocks. */
export function blocksOf({ text }: Page): readonly Block[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    language,
    code,
  }))
}

/** Targets of relative links and images, from the top of the repository: a path and the anchor in it. */
export function linksOf({
  path,
  text,
}: Page): readonly { readonly path: string; readonly anchor?: string }[] {
  const targets = [...withoutCode(text).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target)
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#')
      const full = file === '' ? path : relative(ROOT, join(ROOT, dirname(path), file))
      return { path: full, ...(anchor !== undefined && { anchor }) }
    })
}

/** The anchors that headings get: lower case, punctuation dropped, blanks to hyphens, repetitions numbered. */
export function anchorsOf({ text }: Page): ReadonlySet<string> {
  const anchors = new Set<string>()
  const seen = new Map<string, number>()
  for (const [, heading = ''] of text.replace(/^```.*?^```$/gms, '').matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    anchors.add(count === 0 ? slug : `${slug}-${count}`)
  }
  return anchors
}

function withoutCode(text: string): string {
  return text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '')
}
