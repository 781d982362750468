import { posix, win32 } from 'node:path'
import type { ReleaseFile } from '../../core/release-manifest.ts'

/** What put this program here, as far as it can be told, and with it how a newer one comes. */
export type Installation =
  | { readonly by: 'source' }
  | { readonly by: 'container' }
  | { readonly by: 'homebrew' }
  /** One file, by the install script or by hand. */
  | { readonly by: 'file'; readonly path: string; readonly mayReplace: boolean }

/** What `installedBy` looks at. */
export interface InstallationFacts {
  readonly isCompiled: boolean
  /** Absolute path of the executable, links followed. */
  readonly executable: string
  /** Whether a file is there. */
  readonly exists: (path: string) => boolean
  /** Whether this user may put files into the executable's folder. */
  readonly mayReplace: boolean
}

/** Tells how this program was installed. */
export function installedBy({ isCompiled, executable, exists, mayReplace }: InstallationFacts): Installation {
  if (!isCompiled) return { by: 'source' }
  // The Dockerfile leaves it. That this runs in some container says nothing: people work in containers, and install into them.
  if (exists('/etc/hearth-image')) return { by: 'container' }
  if (/\/Cellar\/hearth\//.test(executable)) return { by: 'homebrew' }
  return { by: 'file', path: executable, mayReplace }
}

/** What commands for an update are made of. */
export interface UpdateFacts {
  readonly installation: Installation
  readonly releasesUrl: string
  /** Whether the install script of that address knows it. */
  readonly isBuiltIn: boolean
  readonly version: string
  /** What is to be fetched. Absent: there is no file for this target. */
  readonly file?: Pick<ReleaseFile, 'target' | 'archive' | 'sha256'>
}

/** What to type for that version, a command a line; empty where it has no file for this machine. Pure. */
export function updateCommands(facts: UpdateFacts): readonly string[] {
  const { installation, version, file } = facts
  switch (installation.by) {
    case 'source':
      return ['git fetch --tags', `git checkout v${version}`, 'npm install', 'npm start']
    case 'container':
      return [
        'git fetch --tags',
        `git checkout v${version}`,
        `docker compose up --detach --build${isCuda(file) ? ' cuda' : ''}`,
      ]
    case 'homebrew':
      return ['brew update', 'brew upgrade hearth']
    case 'file':
      return file ? fileCommands(facts, installation, file) : []
  }
}

const isCuda = (file: UpdateFacts['file']) => file?.target.endsWith('-cuda') === true

function fileCommands(
  facts: UpdateFacts,
  { path, mayReplace }: Extract<Installation, { by: 'file' }>,
  file: NonNullable<UpdateFacts['file']>,
) {
  const { releasesUrl, isBuiltIn } = facts
  const { target } = file
  if (target.startsWith('windows')) return windowsCommands(facts, path, file)
  const right = mayReplace ? '' : 'sudo '
  // The script calls it `hearth`; a file that somebody gave another name is theirs to replace.
  if (posix.basename(path) !== 'hearth') return commandsByHand(facts, { path, right }, file)
  const folder = posix.dirname(path)
  const where = isBuiltIn ? '' : ` --releases ${shellText(releasesUrl)}`
  const script = `curl -fsSL ${shellText(`${releasesUrl}/latest/download/install.sh`)}`
  return [`${script} | ${right}sh -s -- --target ${target} --dir ${shellText(folder)}${where}`]
}

/** What is not the published file is not unpacked. */
function commandsByHand(
  { releasesUrl, version }: UpdateFacts,
  { path, right }: { readonly path: string; readonly right: string },
  { target, archive, sha256 }: NonNullable<UpdateFacts['file']>,
) {
  const check = target.startsWith('macos') ? 'shasum -a 256 -c' : 'sha256sum -c'
  return [
    `curl -fLO ${shellText(`${releasesUrl}/download/v${version}/${archive}`)}`,
    `echo '${sha256}  ${archive}' | ${check} && tar -xJf ${archive}`,
    `${right}mv ${archive.replace(/\.tar\.xz$/, '')}/hearth ${shellText(path)}`,
  ]
}

function windowsCommands(
  { releasesUrl, isBuiltIn, version }: UpdateFacts,
  path: string,
  { target, archive, sha256 }: NonNullable<UpdateFacts['file']>,
) {
  if (win32.basename(path).toLowerCase() !== 'hearth.exe')
    return [
      `curl.exe -fLO ${powerShellText(`${releasesUrl}/download/v${version}/${archive}`)}`,
      `if ((Get-FileHash ${archive}).Hash -eq '${sha256}') { Expand-Archive ${archive} . } else { throw 'wrong sum' }`,
      `Move-Item -Force ${archive.replace(/\.zip$/, '')}\\hearth.exe ${powerShellText(path)}`,
    ]
  const script = `& ([scriptblock]::Create((irm ${powerShellText(`${releasesUrl}/latest/download/install.ps1`)})))`
  const where = isBuiltIn ? '' : ` -Releases ${powerShellText(releasesUrl)}`
  return [`${script} -Target ${target} -Dir ${powerShellText(win32.dirname(path))}${where}`]
}

const shellText = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

const powerShellText = (text: string) => `'${text.replaceAll("'", "''")}'`
