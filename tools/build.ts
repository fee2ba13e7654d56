import { copyFileSync, globSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT, run } from './run.ts'

const packages = readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`)

// Starting empty, so that no file of a source that is gone gets published.
for (const folder of packages) rmSync(join(ROOT, folder, 'dist'), { recursive: true, force: true })
const { passed } = await run(['tsc', '--build', ...packages], { live: true })
if (passed) packages.forEach(copyUncompiled)
else process.exitCode = 1

/** Copies what the compiler reads and does not emit: generated scripts, their declarations, data. */
function copyUncompiled(folder: string): void {
  const source = join(ROOT, folder, 'src')
  for (const file of globSync('**/*.{js,d.ts,json}', { cwd: source })) {
    const target = join(ROOT, folder, 'dist', file)
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(join(source, file), target)
  }
}
