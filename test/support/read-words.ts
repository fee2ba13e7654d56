import { parseArgs, type ParseArgsConfig } from 'node:util'

/**
 * The words after the name of a script. With `--help` it prints how the script is used and ends the process; for words that it does not
 * understand as well, with exit code 2.
 */
export function readWords<T extends ParseArgsConfig>(
  config: T,
  usage: string,
): ReturnType<typeof parseArgs<T>> {
  if (process.argv.includes('--help')) {
    console.log(usage)
    process.exit()
  }
  try {
    return parseArgs(config)
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`)
    process.exit(2)
  }
}
