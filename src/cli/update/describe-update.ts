import { size } from '../../models/pull/human-units.ts'
import type { ReleaseComparison } from './compare-release.ts'
import { type Installation, updateCommands } from './installed-by.ts'
import type { ReleasesAddress } from './releases-address.ts'

export interface UpdateReport {
  readonly address: ReleasesAddress
  readonly comparison: ReleaseComparison
  readonly installation: Installation
  /** What runs here. */
  readonly version: string
  /** What this executable was built for; absent: it runs from source. */
  readonly target: string | undefined
  /** What the release has. */
  readonly targets: readonly string[]
}

/** What a check has found, for people and for programs. Pure. */
export function describeUpdate(report: UpdateReport) {
  const { address, comparison, installation, version, target } = report
  const { isNewer, newest, file } = comparison
  const commands = isNewer
    ? updateCommands({
        installation,
        releasesUrl: address.url,
        isBuiltIn: address.isBuiltIn,
        version: newest,
        ...(file && { file }),
      })
    : []
  const url = file && `${address.url}/download/v${newest}/${file.archive}`
  const json = {
    update_available: isNewer,
    version,
    newest_version: newest,
    target: target ?? null,
    installed_by: installation.by,
    releases_url: address.url,
    ...(file && { archive: { name: file.archive, url, bytes: file.bytes, sha256: file.sha256 } }),
    commands,
  }
  return {
    text: isNewer ? newerText(report, commands) : `Hearth ${version} is the newest version${beyond(report)}.`,
    json,
  }
}

const beyond = ({ comparison: { newest }, version }: UpdateReport) =>
  newest === version ? '' : `; the newest that is published is ${newest}`

function newerText({ comparison, version, target, targets }: UpdateReport, commands: readonly string[]): string {
  const { newest, file } = comparison
  const what = file ? ` (${file.archive}, ${size(file.bytes)})` : ''
  const first = `Hearth ${newest} is newer than this one, ${version}${what}.`
  if (commands.length === 0)
    return `${first}\nIt has no build for ${target}, only for ${targets.join(', ') || 'nothing'}; keep this one.`
  const lines = commands.map((command) => `  ${command}`)
  const rest = 'A server that runs stays as it is until it is started again.'
  return [first, '', 'To get it, type:', '', ...lines, '', rest].join('\n')
}
