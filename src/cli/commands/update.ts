import { accessSync, constants, existsSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'
import { version } from '../../config/version.ts'
import { builtFor } from '../../platform/built-for.ts'
import { isCompiled } from '../../platform/own-command.ts'
import type { Command, CommandContext } from '../command.ts'
import type { ReleasesAddress } from '../update/releases-address.ts'

/** Scripts tell by it that there is something to do: neither up to date nor failed. */
const newerCode = 10

/** Says whether there is a newer version, and what to type for it. */
export const updateCommand: Command = {
  name: 'update',
  group: 'The program',
  summary: 'Say whether there is a newer version, and how to get it',
  usage: '--check [OPTIONS]',
  details: `Asks the address that releases_url names, or that the executable was built with, for its newest release, and prints the commands that bring it: Hearth does not replace itself. Nothing is sent but the version in the User-Agent, and only this command asks. The exit code is 0 where this is the newest version, ${newerCode} where there is a newer one, 1 where that cannot be known, and 2 where nobody has said whom to ask.`,
  examples: [
    { line: 'hearth update --check', does: 'look once' },
    { line: 'hearth update --check --json', does: 'for a program: versions, archive, sum, commands' },
  ],
  flags: [
    { name: 'check', summary: 'Look for a newer version.' },
    { name: 'json', summary: 'Print what is known as JSON.' },
  ],
  takesOptions: ['releases_url'],
  async run(context) {
    const [{ readConfig }, { releasesAddress }, { reportProblems }, { untilReaderLeaves, separateFlags }] =
      await Promise.all([
        import('../read-config.ts'),
        import('../update/releases-address.ts'),
        import('../report-problems.ts'),
        import('../with-server.ts'),
      ])
    const { own, options } = separateFlags(context.flags, ['check', 'json'])
    const { config, sources, problems } = readConfig({ ...context, flags: options })
    const isDefault = sources.releases_url?.type === 'default'
    const address = releasesAddress({
      option: isDefault ? undefined : (config.releases_url ?? ''),
      builtIn: builtFor?.releasesUrl,
    })
    const unasked = own.check === 'true' ? [] : [{ path: '--check', message: isNotReplaced }]
    const wrong = 'problem' in address ? [address.problem] : []
    if (reportProblems([...problems, ...unasked, ...wrong], context) || 'problem' in address) return 2
    return untilReaderLeaves(context, (signal) => check(address, context, signal))
  },
}

const isNotReplaced =
  'Hearth does not replace itself: hearth update --check says whether there is a newer version, and what to type for it'

async function check(address: ReleasesAddress, context: CommandContext, signal: AbortSignal): Promise<number> {
  const [{ fetchManifest }, { compareRelease }, { describeUpdate }, { installedBy }] = await Promise.all([
    import('../update/fetch-manifest.ts'),
    import('../update/compare-release.ts'),
    import('../update/describe-update.ts'),
    import('../update/installed-by.ts'),
  ])
  const { variables } = context.environment
  const manifest = await fetchManifest({ releasesUrl: address.url, variables, signal })
  const comparison = compareRelease(manifest, { version, target: builtFor?.target })
  const executable = realpathSync(process.execPath)
  const installation = installedBy({
    isCompiled: isCompiled(),
    executable,
    exists: existsSync,
    mayReplace: mayWrite(dirname(executable)),
  })
  const { text, json } = describeUpdate({
    address,
    comparison,
    installation,
    version,
    target: builtFor?.target,
    targets: manifest.files.map(({ target }) => target),
  })
  context.write(`${context.flags.json === 'true' ? JSON.stringify(json, undefined, 2) : text}\n`)
  return comparison.isNewer ? newerCode : 0
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
