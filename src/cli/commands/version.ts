import { version } from '../../config/version.ts'
import type { Command } from '../command.ts'

/** Prints the version and nothing else, for people and scripts. */
export const versionCommand: Command = {
  name: 'version',
  summary: 'Print the version',
  usage: '',
  flags: [],
  async run({ write }) {
    write(`${version}\n`)
    return 0
  },
}
