import { globSync, statSync } from 'node:fs'
import { mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join, relative } from 'node:path'
import { rolldown } from 'rolldown'
import { ROOT } from './run.ts'

/** Scripts that the program starts by a path beside its own. */
const STARTED = [
  'packages/node/src/matching/match-worker.ts',
  'packages/node/src/store/salvage/salvage-process.ts',
]
/** What every bundle is made of, apart from its entry. */
const SOURCES = ['packages/*/src/**', 'packages/*/package.json', 'pnpm-lock.yaml', 'tools/bundle.ts']

/** Finds its machine code beside itself. */
const NATIVE = 'classic-level'
const DAY_MS = 86_400_000

/**
 * Joins a script with all that it imports into a few files, so that a process starts in a third of the time: most of it goes into
 * finding and reading 1,400 modules. Does nothing where the bundle is newer than all that it is made of.
 *
 * @param entry path of the script, from the root of the checkout
 * @param folder where the bundle goes, from there as well: as deep as the script lies, since scripts find files by their own place
 * @param sources what may change the bundle apart from the packages, as globs
 * @returns the path of the bundled script
 */
export async function bundle(
  entry: string,
  folder: string,
  sources: readonly string[] = [],
): Promise<string> {
  const script = join(ROOT, folder, nameOf(entry))
  const madeAt = statSync(script, { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (!globSync([...SOURCES, ...sources], { cwd: ROOT }).some((path) => changedAt(path) >= madeAt))
    return script
  // What changes while it is read has to look newer than the bundle.
  const startedAt = new Date()
  // From where the bundle lies: a checkout may be moved as a whole.
  const native = relative(join(ROOT, folder), nativePath())
  const built = await rolldown({
    input: Object.fromEntries([...STARTED, entry].map((path) => [nameOf(path), join(ROOT, path)])),
    platform: 'node',
    resolve: { conditionNames: ['source', 'node', 'import', 'module', 'default'] },
    plugins: [{ name: 'native', resolveId: (id) => (id === NATIVE ? { id: native, external: true } : null) }],
    logLevel: 'silent',
  })
  const { output } = await built.generate({ entryFileNames: '[name]', chunkFileNames: '[name]-[hash].js' })
  await built.close()
  await mkdir(join(ROOT, folder), { recursive: true })
  // Other processes may do or use the same at this moment: each file comes as a whole, and the script behind all that it needs.
  const files = output.filter((file) => file.type === 'chunk')
  for (const { fileName, code } of files.toSorted(
    (a, b) => Number(a.fileName === nameOf(entry)) - Number(b.fileName === nameOf(entry)),
  )) {
    const path = join(ROOT, folder, fileName)
    const draft = `${path}.${process.pid}`
    await writeFile(draft, code)
    await utimes(draft, startedAt, startedAt)
    await rename(draft, path)
  }
  // Earlier parts stay for a day: a node that runs may still load some.
  for (const name of await readdir(join(ROOT, folder))) {
    const path = join(ROOT, folder, name)
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < startedAt.getTime() - DAY_MS)
      await rm(path, { force: true })
  }
  return script
}

function nameOf(path: string): string {
  return `${basename(path, '.ts')}.js`
}

function changedAt(path: string): number {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? Infinity
}

/** Of the copy that the packages use. */
function nativePath(): string {
  const level = createRequire(join(ROOT, 'packages/node/package.json')).resolve('level')
  return createRequire(level).resolve(NATIVE)
}

if (import.meta.main) {
  await bundle('packages/cli/src/main.ts', 'packages/cli/bundle').catch((error: Error) => {
    console.error(`intelmesh runs from its sources, and starts more slowly: ${error.message}`)
  })
}
