import { version } from '../../config/version.ts'
import type { Command } from '../command.ts'

/** Prints the version and nothing else, for people and scripts; with --json, those of all parts. */
export const versionCommand: Command = {
  name: 'version',
  summary: 'Print the version',
  usage: '[--json]',
  details: 'Prints the version. With --json: also those of the runtime, of the native libraries, and of the system.',
  examples: [
    { line: 'hearth version', does: 'the version alone' },
    { line: 'hearth version --json', does: 'what to put into a report of a bug' },
  ],
  flags: [{ name: 'json', summary: 'Print the versions of all parts as JSON.' }],
  async run({ write, flags, environment }) {
    if (flags.json !== 'true') {
      write(`${version}\n`)
      return 0
    }
    const { allVersions } = await import('../all-versions.ts')
    write(`${JSON.stringify(await allVersions(environment), undefined, 2)}\n`)
    return 0
  },
}
