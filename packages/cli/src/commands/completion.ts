import { type Command, type CommandGroup, defineCommand } from '../command.ts'
import { completionScript, SHELLS } from '../completion/completion-script.ts'

/** `intelmesh completion`. The tree is asked for when the command runs, since the command is part of it. */
export function completionCommand(tree: () => readonly (Command | CommandGroup)[]): Command {
  return defineCommand({
    name: 'completion',
    summary: 'print a script by which a shell completes commands, options and values',
    args: [{ name: 'SHELL', summary: 'bash, zsh or fish', choices: SHELLS }],
    options: {},
    examples: [
      {
        line: 'source <(intelmesh completion bash)',
        about: 'In bash or, with zsh, in zsh, for instance in ~/.bashrc or ~/.zshrc:',
      },
      {
        line: 'intelmesh completion fish > ~/.config/fish/completions/intelmesh.fish',
        about: 'In fish:',
      },
    ],
    run({ args: [shell] }) {
      const chosen = SHELLS.find((name) => name === shell) ?? 'bash'
      return Promise.resolve({ text: () => completionScript(chosen, tree()) })
    },
  })
}
