import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { removeLeftovers } from '../../scripts/build/leftovers.ts'
import { cacheFolder, projectFolder } from '../../scripts/project-folder.ts'
import { realModels } from '../real-models.ts'
import { type RunResult, run } from '../run.ts'

/** Releases of Debian that are tested, by their years' order: 11 and 12. */
export type DebianRelease = 'bullseye' | 'bookworm'

/** As Debian names processors. */
export type Architecture = 'amd64' | 'arm64'

/** Why systems cannot be made on this machine, for the names of tests that are skipped; undefined: they can. */
export function whyNoSystems(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'they are made on Linux for x64 only'
  if (process.getuid?.() !== 0) return 'they are made by root only'
  for (const [program, ...parameters] of [
    ['unshare', ...aloneWith, 'setpriv', ...endsWithUs, 'true'],
    ['debootstrap', '--version'],
    ['dpkg-deb', '--version'],
    ['apt-get', '--version'],
  ] as const) {
    if (!works(program, parameters)) return `${program} does not work here`
  }
  if (!existsSync(debianKeys)) return "Debian's keys are not there"
  if (!debianMirror() && listedBy('apt-get', 'indextargets').length > 0) return 'this is another system than Debian'
  return undefined
}

/** Mounts and processes of its own, which go with the first one of them, and that one with `unshare`. */
const aloneWith = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
/** A test that is killed leaves nothing running. */
const endsWithUs = ['--pdeathsig', 'KILL']

/** Why programs for AArch64 cannot be run on this machine; undefined: they can, or it could not even be tried. */
export function whyNoEmulator(): string | undefined {
  if (whyNoSystems()) return whyNoSystems()
  if (!existsSync(aarch64Emulator)) return `there is no ${aarch64Emulator}`
  const mount = 'mount -t binfmt_misc none /proc/sys/fs/binfmt_misc'
  const isMountable = works('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', mount])
  return isMountable ? undefined : 'binfmt_misc cannot be mounted in a user namespace, which Linux 6.7 brought'
}

const works = (program: string, parameters: readonly string[]): boolean => {
  try {
    execFileSync(program, parameters, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const debianKeys = '/usr/share/keyrings/debian-archive-keyring.gpg'
const aarch64Emulator = '/usr/bin/qemu-aarch64-static'

/** A folder with Debian's smallest system (`--variant=minbase`) for x64, made once. Throws with the words of debootstrap. */
export const smallestDebian = (release: DebianRelease): Promise<string> =>
  madeOnce(`${release}-minbase`, async (folder) => {
    // What it mounts and starts on its way must not stay, also when the test is killed in the middle.
    const alone = ['setpriv', ...endsWithUs, 'unshare', ...aloneWith] as const
    demandSuccess(await run([...alone, 'debootstrap', '--variant=minbase', release, folder, await neededMirror()]))
  })

/**
 * A folder with a few packages of Debian, without what they depend on and without being configured: enough for a program
 * to be started, and much quicker than a system. Made once. Throws with the words of apt.
 */
export function debianPackages(release: DebianRelease, architecture: Architecture, names: readonly string[]) {
  return madeOnce(`${release}-${architecture}-${names.join('-')}`, async (folder) => {
    const place = mkdtempSync(join(tmpdir(), 'hearth-apt-'))
    try {
      const settings = aptSettings(place, { mirror: await neededMirror(), release, architecture })
      demandSuccess(await run(['apt-get', ...settings, '-qq', 'update']))
      demandSuccess(await run(['apt-get', ...settings, '-qq', 'download', ...names], { folder: place }))
      mkdirSync(folder)
      for (const name of readdirSync(place).filter((each) => each.endsWith('.deb'))) {
        demandSuccess(await run(['dpkg-deb', '--extract', join(place, name), folder]))
      }
      for (const name of ['lib', 'lib64']) moveBelowUsr(folder, name)
    } finally {
      rmSync(place, { recursive: true, force: true })
    }
  })
}

/** As whole systems have it, so that one can be laid on the other. */
function moveBelowUsr(folder: string, name: string): void {
  if (existsSync(join(folder, name))) {
    cpSync(join(folder, name), join(folder, 'usr', name), { recursive: true, verbatimSymlinks: true })
    rmSync(join(folder, name), { recursive: true })
    symlinkSync(join('usr', name), join(folder, name))
  }
}

interface Packages {
  readonly mirror: string
  readonly release: DebianRelease
  readonly architecture: Architecture
}

/** Lists, packages and settings of its own: the machine's stay as they are. */
function aptSettings(place: string, { mirror, release, architecture }: Packages): readonly string[] {
  for (const name of ['lists/partial', 'archives/partial']) mkdirSync(join(place, name), { recursive: true })
  const sources = join(place, 'sources.list')
  writeFileSync(sources, `deb [signed-by=${debianKeys}] ${mirror} ${release} main\n`)
  writeFileSync(join(place, 'status'), '')
  const settings = {
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': place,
    'Dir::State::Lists': join(place, 'lists'),
    'Dir::State::status': join(place, 'status'),
    'Dir::Cache': place,
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}

/** The one that this machine's apt takes its own packages from; undefined: its lists, if it has any, name none. */
function debianMirror(settings: readonly string[] = []): string | undefined {
  const format = ['--format', '$(REPO_URI)', 'Origin: Debian', 'Label: Debian', 'Created-By: Packages']
  return listedBy('apt-get', ...settings, 'indextargets', ...format)[0]
}

/** The same, where images have removed the lists: they are fetched to another place. Throws where there is none. */
async function neededMirror(): Promise<string> {
  const known = debianMirror()
  if (known) return known
  const place = mkdtempSync(join(tmpdir(), 'hearth-apt-'))
  try {
    const settings = ['-o', `Dir::State::Lists=${place}`, '-o', 'APT::Sandbox::User=root']
    const { output } = await run(['apt-get', ...settings, '-qq', 'update'])
    const found = debianMirror(settings)
    if (!found) throw new Error(`The apt of this machine has no packages of Debian.\n${output}`)
    return found
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

const listedBy = (program: string, ...parameters: readonly string[]): readonly string[] =>
  execFileSync(program, parameters)
    .toString()
    .split('\n')
    .filter((line) => line !== '')

/** The folder appears under its name only when it is whole. */
async function madeOnce(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const parent = join(cacheFolder, 'platforms')
  const folder = join(parent, name)
  if (existsSync(folder)) return folder
  mkdirSync(parent, { recursive: true })
  await removeLeftovers(parent)
  const temporary = join(parent, `.new-${randomUUID()}`)
  try {
    await make(temporary)
    renameSync(temporary, folder)
  } catch (error) {
    // Another test run may have made it meanwhile.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
  return folder
}

function demandSuccess({ code, output }: RunResult): void {
  if (code !== 0) throw new Error(output)
}

/** Where a program is run, and what it finds there. */
export interface Inside {
  /** Folders, the first one on top. */
  readonly layers: readonly [string, ...string[]]
  /** The executable, which becomes /hearth. */
  readonly executable: string
  /** Patterns of names that the system's libraries are without. */
  readonly lacking?: readonly string[]
  /** Whether the system is one for AArch64. */
  readonly isEmulated?: boolean
}

/**
 * The beginning of a command line that runs what follows in a system: its environment is `HOME=/root` alone, /models has
 * the two default models, and the system forgets all that was written when the last process in it ends.
 */
export async function commandInside(inside: Inside): Promise<readonly [string, ...string[]]> {
  const { chat } = await realModels()
  const variables = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LAYERS: inside.layers.join(':'),
    EXECUTABLE: inside.executable,
    MODELS: dirname(chat),
    LACKING: inside.lacking?.join(' ') ?? '',
    ...(inside.isEmulated && { EMULATOR: emulatorLine() }),
  }
  const own = inside.isEmulated ? ['--user', '--map-root-user', '--mount'] : ['--mount']
  const script = join(projectFolder, 'test', 'platforms', 'enter-system.sh')
  const set = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  return ['env', '-i', ...set, 'unshare', ...own, 'setpriv', ...endsWithUs, 'sh', script]
}

/** For binfmt_misc: which bytes at the beginning of a file are looked at, and which ones a program for AArch64 has there. */
const aarch64Program = {
  magic: '7f454c460201010000000000000000000200b700',
  mask: 'ffffffffffffff00fffffffffffffffffeffffff',
}

/** `F`: the emulator is opened now, as it lies outside of the system. */
function emulatorLine(): string {
  const [magic, mask] = [aarch64Program.magic, aarch64Program.mask].map((hex) => hex.replace(/../g, '\\x$&'))
  return `:hearth-aarch64:M::${magic}:${mask}:${aarch64Emulator}:F`
}

/**
 * A folder to lay on `smallestDebian('bookworm')`: its glibc, which does not know the versions 2.35 and 2.36 of its symbols,
 * so that libraries that want them are refused as glibc 2.34 refuses them. Made once.
 */
export const olderGlibc = (system: string): Promise<string> =>
  madeOnce('bookworm-glibc-2.34', async (folder) => {
    const libraries = join('usr', 'lib', 'x86_64-linux-gnu')
    mkdirSync(join(folder, libraries), { recursive: true })
    for (const name of ['libc.so.6', 'libm.so.6', 'ld-linux-x86-64.so.2']) {
      const content = readFileSync(join(system, libraries, name), 'latin1')
      const older = content.replace(/\0GLIBC_2\.(?=3[56]\0)/g, '\0GLIBC_9.')
      writeFileSync(join(folder, libraries, name), older, { encoding: 'latin1', mode: 0o755 })
    }
  })
