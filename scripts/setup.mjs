import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNpm } from './npm-program.mjs'

/** Absolute path of the project's folder. */
export const projectFolder = dirname(dirname(fileURLToPath(import.meta.url)))

const oldestNode = 20
const modulesFolder = join(projectFolder, 'node_modules')
const stampPath = join(modulesFolder, '.hearth-setup.json')

/** A problem that the person at the terminal can solve; its message says how. */
export class SetupError extends Error {}

/**
 * Makes sure that node_modules holds what package-lock.json says, with the development tools when `dev` is true. Takes
 * a few milliseconds when it does. Throws `SetupError`.
 */
export function ensurePackages({ dev }) {
  const major = Number(process.versions.node.split('.')[0])
  if (major < oldestNode) {
    throw new SetupError(`Hearth needs Node ${oldestNode} or newer, and this is ${process.version}: https://nodejs.org`)
  }
  const wanted = {
    lock: createHash('sha256')
      .update(readFileSync(join(projectFolder, 'package-lock.json')))
      .digest('hex'),
    platform: `${process.platform}-${process.arch}`,
  }
  const found = readStamp()
  const isCurrent = found.lock === wanted.lock && found.platform === wanted.platform
  if (isCurrent && (found.dev || !dev)) return
  // Whoever has the development tools keeps them, also when the first thing to run afterwards does not need them.
  install({ ...wanted, dev: dev || found.dev === true })
}

/**
 * Absolute path of the pinned Bun. Its package installs itself by a script, which we do not let packages do, so its
 * program is taken from the package of this platform. Throws `SetupError`.
 */
export function bunPath() {
  const names = bunPackages()
  const program = process.platform === 'win32' ? 'bun.exe' : 'bun'
  const paths = names.map((name) => join(modulesFolder, '@oven', name, 'bin', program))
  const path = [...paths, join(modulesFolder, 'bun', 'bin', 'bun.exe')].find(isProgram)
  if (path) return path
  const advice = lacksAvx2()
    ? `This processor has no AVX2, so Bun has to be installed by hand: npm install --no-save @oven/${names[0]}@${bunVersion()}`
    : `Delete node_modules and try again.`
  throw new SetupError(`Bun is not in ${paths.join(', nor in ')}. ${advice}`)
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, 'utf8'))
  } catch {
    return {}
  }
}

/**
 * `npm install` rather than `npm ci`: it holds to the lock file just the same, but does not stop where a registry
 * lacks the packages of other platforms, and does not take node_modules away from programs that are running.
 */
function install(stamp) {
  const npm = findNpm()
  console.log(`Installing packages from npm${stamp.dev ? ', with the development tools' : ''} …`)
  rmSync(stampPath, { force: true })
  const options = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', '--include=optional']
  const { status, error } = spawnSync(
    npm.program,
    [...npm.first, ...options, stamp.dev ? '--include=dev' : '--omit=dev'],
    // Standard output stays free for what the command itself has to say.
    { cwd: projectFolder, stdio: ['ignore', 'ignore', 'inherit'], shell: npm.shell },
  )
  if (error)
    throw new SetupError(`npm could not be started (${error.message}). Install it with Node: https://nodejs.org`)
  if (status !== 0) throw new SetupError('npm could not install the packages; its own words stand above.')
  linkBun()
  buildNativeStep()
  mkdirSync(modulesFolder, { recursive: true })
  writeFileSync(stampPath, `${JSON.stringify(stamp)}\n`)
}

/**
 * Compiles our own native step where there is a compiler: a few seconds, for a tenth more speed. All works without it, so
 * nothing that goes wrong here is anybody's problem.
 */
function buildNativeStep() {
  if (process.platform !== 'linux') return
  const script = join(projectFolder, 'scripts', 'build', 'own-native-step.ts')
  spawnSync(bunPath(), [script], { cwd: projectFolder, stdio: 'ignore', timeout: 120_000 })
}

/** Makes `node_modules/.bin/bun` work, for editors and for people. Nothing here depends on it. */
function linkBun() {
  try {
    const link = join(modulesFolder, 'bun', 'bin', 'bun.exe')
    const program = bunPath()
    if (program === link || isProgram(link)) return
    rmSync(link, { force: true })
    linkSync(program, link)
  } catch {
    // Some file systems have no hard links.
  }
}

/** The packages that may hold Bun for this machine, best first. */
function bunPackages() {
  const system = { win32: 'windows' }[process.platform] ?? process.platform
  const base = `bun-${system}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`
  const names = process.platform === 'linux' && isMusl() ? [`${base}-musl`, base] : [base, `${base}-musl`]
  const baseline = names.map((name) => name.replace('-x64', '-x64-baseline'))
  if (process.arch !== 'x64') return names
  return lacksAvx2() ? baseline : [...names, ...baseline]
}

function isMusl() {
  const loader = { x64: 'ld-linux-x86-64.so.2', arm64: 'ld-linux-aarch64.so.1' }[process.arch]
  return ['/lib', '/lib64'].every((folder) => !existsSync(join(folder, loader ?? 'ld-linux.so.2')))
}

/** Linux says so in a file; elsewhere nobody is known to ask. */
function lacksAvx2() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false
  try {
    return !/^flags\s.*\bavx2\b/m.test(readFileSync('/proc/cpuinfo', 'utf8').slice(0, 8192))
  } catch {
    return false
  }
}

function bunVersion() {
  return JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')).dependencies.bun
}

/** The stub that Bun's package leaves in place of its program is a few hundred bytes. */
function isProgram(path) {
  try {
    return statSync(path).size > 1_000_000
  } catch {
    return false
  }
}
