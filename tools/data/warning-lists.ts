import { filesOf, licenceOf, type readManifest } from './manifest.ts'
import type { Notice } from './notices.ts'

/** Where the shared folder holds MISP's warning lists. */
const FOLDER = 'misp/warninglists'
const COPYRIGHT = 'Copyright (c) the MISP Project'

/**
 * The lists that the gate carries. Those of special addresses and names are not among them: the gate has tables of its own,
 * from IANA's registries. Nor is that of contact addresses, which is one regular expression.
 */
const CARRIED: readonly string[] = [
  'amazon-aws',
  'automated-malware-analysis',
  'bank-website',
  'cisco_top1000',
  'cloudflare',
  'common-ioc-false-positive',
  'empty-hashes',
  'google-gcp',
  'public-dns-v6',
  'security-provider-blogpost',
  'sinkholes',
  'tlds',
  'tranco10k',
  'url-shortener',
]

/** One carried list as a file, with where it comes from. */
export interface CarriedList {
  readonly file: string
  readonly text: string
  readonly notice: Notice
}

/**
 * The carried lists, a value a line so that a change shows as one.
 *
 * @param read gives the text of a file of the shared folder
 * @throws Error when the manifest lacks one of them
 */
export function carriedLists(
  manifest: ReturnType<typeof readManifest>,
  read: (file: (typeof manifest)[number]) => string,
): readonly CarriedList[] {
  return CARRIED.flatMap((id) => {
    const source = { path: `${FOLDER}/${id}/list.json`, copyright: COPYRIGHT }
    return filesOf(source, manifest).map((file) => {
      const notice = {
        file: `${id}.json`,
        origin: file.origin,
        licence: licenceOf(file),
        copyright: COPYRIGHT,
      }
      return { file: notice.file, text: render(read(file), file.origin), notice }
    })
  })
}

function render(text: string, origin: string): string {
  const { name, version, description, type, list } = JSON.parse(text) as Readonly<Record<string, unknown>>
  const head = JSON.stringify({ name, version, description, type, origin }).slice(0, -1)
  const values = (list as readonly string[]).map((value) => JSON.stringify(value))
  return `${head},"list":[\n${values.join(',\n')}\n]}\n`
}
