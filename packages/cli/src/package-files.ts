import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Folder of the feeds that come with the package, from here and from any folder beside this one. */
export const FEEDS: URL = new URL('../data/', import.meta.url)

/** Whether this is a checkout, which may run from a bundle of its sources, and not a package that was compiled and installed. */
export const IS_CHECKOUT: boolean = !new URL('.', import.meta.url).pathname.endsWith('/dist/')

/** The program in words that start it for as long as the package is there: a bundle is made anew and cleared away. */
export function lastingProgram(): readonly string[] {
  const script = IS_CHECKOUT ? fileURLToPath(new URL('../src/main.ts', import.meta.url)) : process.argv[1]
  return [process.execPath, ...process.execArgv, script ?? '']
}

/** The version of the package. */
export function ownVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { readonly version: string }).version
}
