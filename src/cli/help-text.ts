import { wrap } from '../config/wrap.ts'
import type { Command, Example, Flag } from './command.ts'

const width = 100

const groups = ['Use models', 'Models on this machine', 'The server', 'The program'] as const

/** The help of the whole program. */
export function programHelp(commands: readonly Command[]): string {
  const members = Map.groupBy(commands, ({ group = 'The program' }) => group)
  const sections = groups.flatMap((group) => [`${group}:`, ...(members.get(group) ?? []).map(commandLine), ''])
  return [
    'Hearth serves language models on this machine to anything that speaks the OpenAI API.',
    '',
    'Usage: hearth [COMMAND] [OPTIONS]     without a command: serve',
    '',
    ...sections,
    'hearth help COMMAND says more about one of them, with examples.',
    'Standard output has data only. Exit codes: 0 done, 1 failed, 2 not understood, 130 interrupted.',
    'With --json, an error is the last line of standard error: {"error": {"code", "message", "hint"}}.',
    '',
  ].join('\n')
}

const commandLine = ({ name, aliases = [], summary }: Command) =>
  `  ${name.padEnd(10)} ${summary}${aliases.length > 0 ? ` (also: ${aliases.join(', ')})` : ''}`

/** The help of one command, with all of its flags. */
export function commandHelp(command: Command, flags: readonly Flag[]): string {
  const { name, usage, summary, details, aliases = [], examples = [] } = command
  const byGroup = Map.groupBy(flags, ({ group = 'Options' }) => group)
  return [
    `Usage: hearth ${name} ${usage}`.trimEnd(),
    ...(aliases.length > 0 ? [`Also:  hearth ${aliases.join(', hearth ')}`] : []),
    '',
    ...wrap(details ?? `${summary}.`, width),
    ...(examples.length > 0 ? ['', 'Examples:', ...examples.flatMap(exampleLines)] : []),
    ...[...byGroup].flatMap(([group, rows]) => ['', `${group}:`, ...rows.flatMap(flagLines)]),
    '',
  ].join('\n')
}

const exampleLines = ({ line, does }: Example) => [`  ${line}`, `      ${does}`]

function flagLines({ name, short, value, summary, group }: Flag): string[] {
  // Options of the configuration that are switches are on by default: the way to turn them off has to be seen.
  const written = value
    ? `--${name} ${value}`
    : group
      ? `--${name}, --no-${name}`
      : `${short ? `-${short}, ` : ''}--${name}`
  return [`  ${written}`, ...wrap(summary, width - 6).map((line) => `      ${line}`)]
}
