import { wrap } from '../config/wrap.ts'
import type { Command, Flag } from './command.ts'

const width = 100

/** The help of the whole program. */
export function programHelp(commands: readonly Command[]): string {
  const names = commands.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`)
  return [
    'Hearth serves language models on this machine to anything that speaks the OpenAI API.',
    '',
    'Usage: hearth [COMMAND] [OPTIONS]     without a command: serve',
    '',
    'Commands:',
    ...names,
    '',
    'hearth help COMMAND says more about one of them.',
    '',
  ].join('\n')
}

/** The help of one command, with all of its flags. */
export function commandHelp({ name, usage, summary, details }: Command, flags: readonly Flag[]): string {
  const groups = Map.groupBy(flags, ({ group = 'Options' }) => group)
  const sections = [...groups].flatMap(([group, rows]) => ['', `${group}:`, ...rows.flatMap(flagLines)])
  return [
    `Usage: hearth ${name} ${usage}`.trimEnd(),
    '',
    ...wrap(details ?? `${summary}.`, width),
    ...sections,
    '',
  ].join('\n')
}

function flagLines({ name, value, summary, group }: Flag): string[] {
  // Options of the configuration that are switches are on by default: the way to turn them off has to be seen.
  const written = value ? `--${name} ${value}` : group ? `--${name}, --no-${name}` : `--${name}`
  return [`  ${written}`, ...wrap(summary, width - 6).map((line) => `      ${line}`)]
}
