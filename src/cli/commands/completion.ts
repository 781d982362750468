import type { Command } from '../command.ts'

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const

/** Prints what makes a shell complete the commands, their flags and the names of models. */
export const completionCommand: Command = {
  name: 'completion',
  summary: 'Print a script that makes a shell complete commands, flags and models',
  usage: 'bash|zsh|fish|powershell',
  examples: [
    { line: 'source <(hearth completion bash)', does: 'in ~/.bashrc' },
    { line: 'source <(hearth completion zsh)', does: 'in ~/.zshrc, behind compinit' },
    { line: 'hearth completion fish > ~/.config/fish/completions/hearth.fish', does: 'once' },
    { line: 'hearth completion powershell | Out-String | Invoke-Expression', does: 'in $PROFILE' },
  ],
  flags: [],
  operands: [1, 1],
  completes: shells,
  async run({ operands: [name], write, writeError }) {
    const shell = shells.find((each) => each === name)
    if (!shell) {
      writeError(`hearth: there is no completion for '${name}'; there is one for ${shells.join(', ')}\n`)
      return 2
    }
    const [{ completionTable }, { completionScripts }] = await Promise.all([
      import('../completion/completion-table.ts'),
      import('../completion/completion-scripts.ts'),
    ])
    write(completionScripts[shell](await completionTable()))
    return 0
  },
}
