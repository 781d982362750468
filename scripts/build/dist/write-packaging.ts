import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReleaseFile, ReleaseManifest } from '../../../src/core/release-manifest.ts'
import { projectFolder } from '../../project-folder.ts'

export interface PackagingOptions {
  /** The address below which the release will lie, without a slash at its end. Absent: there is none. */
  readonly releasesUrl?: string
  /** Absolute path of the folder that they go to. */
  readonly folder: string
}

/**
 * Writes what installs a release: `install.sh` and `install.ps1`, which know the address where there is one, and `hearth.rb`
 * where there is one and a file that Homebrew can take. Answers the names of what was written. Throws for an address that
 * cannot stand in them.
 */
export function writePackaging(release: ReleaseManifest, { releasesUrl, folder }: PackagingOptions): readonly string[] {
  const url = releasesUrl === undefined ? '' : safeAddress(releasesUrl)
  const formula = url === '' ? undefined : renderFormula(release, url)
  const files = {
    'install.sh': withAddress(readPackaging('install.sh'), "default_releases='", url),
    'install.ps1': withAddress(readPackaging('install.ps1'), "$defaultReleases = '", url),
    ...(formula !== undefined && { 'hearth.rb': formula }),
  }
  mkdirSync(folder, { recursive: true })
  // One of an earlier build would name files that are no more.
  rmSync(join(folder, 'hearth.rb'), { force: true })
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, name), text, { mode: name === 'install.sh' ? 0o755 : 0o644 })
  return Object.keys(files)
}

/** Homebrew's formula; undefined where the release has nothing for a machine that Homebrew runs on. Pure but for the template. */
export function renderFormula({ version, files }: ReleaseManifest, releasesUrl: string): string | undefined {
  const systems = Object.entries(brewMachines).flatMap(([system, machines]) => {
    const blocks = Object.entries(machines).flatMap(([machine, target]) => {
      const file = files.find((each) => each.target === target)
      return file ? [machineBlock(machine, file, `${releasesUrl}/download/v${version}/${file.archive}`)] : []
    })
    return blocks.length > 0 ? [`  ${system} do\n${blocks.join('\n')}\n  end`] : []
  })
  if (systems.length === 0) return undefined
  return readPackaging('homebrew/hearth.rb.template')
    .replace('@HOMEPAGE@', () => releasesUrl)
    .replace('@VERSION@', () => version)
    .replace('@DOWNLOADS@', () => systems.join('\n\n'))
}

const brewMachines = {
  on_macos: { on_arm: 'macos-arm64', on_intel: 'macos-x64' },
  on_linux: { on_arm: 'linux-arm64', on_intel: 'linux-x64' },
} as const

const machineBlock = (machine: string, { sha256 }: ReleaseFile, url: string) =>
  `    ${machine} do\n      url "${url}"\n      sha256 "${sha256}"\n    end`

const readPackaging = (name: string) => readFileSync(join(projectFolder, 'packaging', name), 'utf8')

/** Whether an address can stand in scripts: only letters that mean nothing to sh, PowerShell and Ruby between quotes. */
export const isSafeAddress = (text: string): boolean => text.length <= 300 && /^https?:\/\/[\w.~:/@%+[\]-]+$/.test(text)

function safeAddress(text: string): string {
  if (!isSafeAddress(text)) throw new Error(`'${text}' cannot stand in scripts as an address.`)
  return text.replace(/\/+$/, '')
}

function withAddress(script: string, before: string, url: string): string {
  const [start, end, ...more] = script.split(`${before}'`)
  if (start === undefined || end === undefined || more.length > 0) throw new Error(`A script lacks its line ${before}'`)
  return `${start}${before}${url}'${end}`
}
