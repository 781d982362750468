import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import type { NpmProgram } from '../npm-program.mjs'
import { cacheFolder, projectFolder } from '../project-folder.ts'
import { knownSum, sumOf } from './known-sums.ts'
import { removeLeftovers, temporaryPath } from './leftovers.ts'
import { NpmError, runNpm } from './npm.ts'

/** A package of the npm registry. */
export interface PackageName {
  readonly name: string
  /** Exactly this one. */
  readonly version: string
}

/** Where packages come from and go to; what is left out is as in a build. */
export interface PackageSource {
  readonly npm?: NpmProgram
  /** Holds one folder for each package and version. */
  readonly cache?: string
  /** A `node_modules` folder: what lies there at the very version is taken. */
  readonly installed?: string
  /** The SHA-512 of the package's archive as npm writes it; absent: the one that the project knows, if any. */
  readonly sum?: string
  /** Gets a line before each download, and what was found damaged. */
  readonly onNote?: (line: string) => void
}

/** The registry has no such package, or not at that version. */
export class MissingPackage extends Error {
  readonly package: PackageName
  /** The newest version that the registry has; absent: it has none. */
  readonly newest?: string

  constructor(wanted: PackageName, newest?: string) {
    const found = newest ? `the newest there is ${newest}` : 'nor any other version of it'
    super(`the registry lacks ${wanted.name}@${wanted.version}, ${found}`)
    this.package = wanted
    if (newest) this.newest = newest
  }
}

/** The registry could not be asked, or what it sent is of no use; the message is one line for people. */
export class UnreachablePackage extends Error {}

/** Lies in a folder that is whole: the SHA-256 of each of its files. */
const listName = '.files.json'

/**
 * The folder of a package: in `node_modules` if it is there at that version, else in the cache, where it comes by npm, which
 * checks what it fetches; what the project knows the checksum of must have that one, whatever the registry says. Each file of the cache is checked each time, and a package with a damaged one is fetched anew.
 * Two processes may do this at once, and one that is killed leaves nothing that would be taken for whole. Throws
 * `MissingPackage` and `UnreachablePackage`.
 */
export async function packageFolder(wanted: PackageName, source: PackageSource = {}): Promise<string> {
  const { cache = join(cacheFolder, 'packages'), installed = join(projectFolder, 'node_modules'), onNote } = source
  const beside = join(installed, wanted.name)
  if (isPackage(beside, wanted)) return beside
  const folder = join(cache, `${wanted.name.replace('/', '+')}@${wanted.version}`)
  if (isWhole(folder)) return folder
  if (existsSync(folder)) {
    onNote?.(`${relative(projectFolder, folder)} is damaged, and is fetched anew`)
    rmSync(folder, { recursive: true, force: true })
  }
  mkdirSync(cache, { recursive: true })
  await removeLeftovers(cache)
  const temporary = temporaryPath(cache)
  mkdirSync(temporary)
  try {
    onNote?.(`fetching ${wanted.name}@${wanted.version}`)
    const fresh = await download(wanted, {
      temporary,
      sum: source.sum ?? knownSum(wanted),
      ...(source.npm && { npm: source.npm }),
    })
    putInPlace(fresh, folder)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
  return folder
}

/** A package that is left out stands there as an empty one of another name. */
function isPackage(folder: string, { name, version }: PackageName): boolean {
  try {
    const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return found.name === name && found.version === version
  } catch {
    return false
  }
}

function isWhole(folder: string): boolean {
  try {
    const list = JSON.parse(readFileSync(join(folder, listName), 'utf8')) as Record<string, string>
    return Object.entries(list).every(([name, hash]) => sha256(join(folder, name)) === hash)
  } catch {
    return false
  }
}

/** Of Node and npm: nobody answered. */
const networkCodes = /^(?:ENOTFOUND|EAI_AGAIN|ECONN\w+|ENET\w+|EHOST\w+|\w*TIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED)$/

/** Whether nobody answered before. */
let isOutOfReach = false

/** Answers the unpacked folder, below `temporary`. */
async function download(
  wanted: PackageName,
  { temporary, npm, sum }: { temporary: string; npm?: NpmProgram; sum?: string | undefined },
): Promise<string> {
  try {
    // npm tries for more than a minute; once is enough for all that a build wants.
    const patience = isOutOfReach ? ['--fetch-retries=0'] : []
    const name = `${wanted.name}@${wanted.version}`
    const packed = await runNpm(['pack', name, '--pack-destination', temporary, ...patience], npm)
    const file = (packed as readonly { readonly filename: string }[])[0]?.filename
    if (!file) throw new UnreachablePackage(`npm did not say where it put ${wanted.name}@${wanted.version}`)
    // Some versions of npm name it with the scope's slash, which is not in the file's name.
    const archive = join(temporary, basename(file.replace(/^@/, '').replace('/', '-')))
    const content = readFileSync(archive)
    if (sum && sumOf(content) !== sum) {
      throw new UnreachablePackage(
        `the registry sent another ${name} than the one that this project knows; it is not used`,
      )
    }
    await new Bun.Archive(content).extract(temporary)
    rmSync(archive)
  } catch (error) {
    if (!(error instanceof NpmError)) throw error
    if (error.code === 'ETARGET' || error.code === 'E404') {
      throw new MissingPackage(wanted, await newestVersion(wanted.name, npm))
    }
    const isNetwork = networkCodes.test(error.code)
    isOutOfReach ||= isNetwork
    const problem = isNetwork ? 'npm could not reach its registry to fetch' : 'npm could not fetch'
    throw new UnreachablePackage(`${problem} ${wanted.name}@${wanted.version}: ${error.code}: ${error.message}`)
  }
  const folder = join(temporary, 'package')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  const list = paths.map((path) => [relative(folder, path).split(sep).join('/'), sha256(path)] as const)
  writeFileSync(join(folder, listName), JSON.stringify(Object.fromEntries(list), null, 1))
  return folder
}

/** Another build may have been first; its folder is as good as ours. */
function putInPlace(fresh: string, folder: string): void {
  try {
    renameSync(fresh, folder)
  } catch (error) {
    if (!isWhole(folder)) throw error
  }
}

/** Without those before a release. */
async function newestVersion(name: string, npm?: NpmProgram): Promise<string | undefined> {
  try {
    const versions = [await runNpm(['view', name, 'versions'], npm)].flat() as readonly string[]
    return versions
      .filter((version) => /^\d+\.\d+\.\d+$/.test(version))
      .sort(Bun.semver.order)
      .at(-1)
  } catch {
    return undefined
  }
}

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
