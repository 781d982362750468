import type { CommandContext } from './command.ts'

/** The flags that were given and that an action of a command has no use for, as problems; each names the flag. Pure. */
export const flagsNotTaken = (
  action: string,
  flags: CommandContext['flags'],
  taken: readonly string[],
): readonly { readonly path: string; readonly message: string }[] =>
  Object.keys(flags)
    .filter((name) => !taken.includes(name))
    .map((name) => ({ path: `--${name}`, message: `${action} does not take it` }))
