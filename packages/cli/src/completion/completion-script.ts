import type { Command, CommandGroup } from '../command.ts'
import { bashScript } from './bash.ts'
import { type Completable, completableOf } from './completable.ts'
import { fishScript } from './fish.ts'
import { zshScript } from './zsh.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The script by which a shell completes the command line. */
export function completionScript(shell: Shell, tree: readonly (Command | CommandGroup)[]): string {
  return SCRIPTS[shell](completableOf(tree))
}

const SCRIPTS: Readonly<Record<Shell, (completable: Completable) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}
