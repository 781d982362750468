import { posix, win32 } from 'node:path'

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
  readonly file?: { readonly target: string; readonly archive: string }
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
  { target, archive }: NonNullable<UpdateFacts['file']>,
) {
  const { releasesUrl, isBuiltIn, version } = facts
  if (target.startsWith('windows')) {
    const script = `& ([scriptblock]::Create((irm ${powerShellText(`${releasesUrl}/latest/download/install.ps1`)})))`
    const where = isBuiltIn ? '' : ` -Releases ${powerShellText(releasesUrl)}`
    return [`${script} -Target ${target} -Dir ${powerShellText(win32.dirname(path))}${where}`]
  }
  const right = mayReplace ? '' : 'sudo '
  // The script calls it `hearth`; a file that somebody gave another name is theirs to replace.
  if (posix.basename(path) !== 'hearth')
    return [
      `curl -fLO ${shellText(`${releasesUrl}/download/v${version}/${archive}`)}`,
      `tar -xJf ${archive}`,
      `${right}mv ${archive.replace(/\.tar\.xz$/, '')}/hearth ${shellText(path)}`,
    ]
  const folder = posix.dirname(path)
  const where = isBuiltIn ? '' : ` --releases ${shellText(releasesUrl)}`
  const script = `curl -fsSL ${shellText(`${releasesUrl}/latest/download/install.sh`)}`
  return [`${script} | ${right}sh -s -- --target ${target} --dir ${shellText(folder)}${where}`]
}

const shellText = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

const powerShellText = (text: string) => `'${text.replaceAll("'", "''")}'`
