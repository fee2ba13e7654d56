import { readFileSync } from 'node:fs'

/** Folder of the feeds that come with the package, from here and from any folder beside this one. */
export const FEEDS: URL = new URL('../data/', import.meta.url)

/** The version of the package. */
export function ownVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { readonly version: string }).version
}
