import { createHash } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { ServerError } from '../../core/errors.ts'
import { requireSpace } from '../../models/pull/free-space.ts'
import { watchChunks } from '../../models/pull/watch-chunks.ts'
import { libraryProblem } from '../../platform/cuda/library-problem.ts'
import { CommandError } from '../command-error.ts'

/** One file that was taken. */
export interface TakenFile {
  readonly name: string
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
}

/** What was taken of a wheel. */
export interface TakenWheel {
  /** `nvidia-cublas`. */
  readonly package: string
  readonly version: string
  readonly files: readonly TakenFile[]
}

interface TakeCall {
  readonly wheel: string
  /** Names of the libraries that are wanted; a wheel without any is left alone. */
  readonly names: readonly string[]
  /** Where they go; the licence goes there, too. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly onBytes: (doneBytes: number) => void
}

/**
 * Takes libraries and the licence out of a wheel, and compares them with the sums that the wheel has of them. Throws a
 * `CommandError` where it is damaged, and the signal's reason once it aborts.
 */
export async function takeLibraries(call: TakeCall): Promise<TakenWheel | undefined> {
  const archive = await openPromise(call.wheel, { autoClose: false }).catch((error: Error) => {
    throw damaged(call.wheel, error)
  })
  try {
    return await takeFrom(archive, call)
  } catch (error) {
    call.signal.throwIfAborted()
    if (
      error instanceof CommandError ||
      error instanceof ServerError ||
      typeof (error as NodeJS.ErrnoException).errno === 'number'
    )
      throw error
    throw damaged(call.wheel, error as Error)
  } finally {
    archive.close()
  }
}

const damaged = (wheel: string, cause: Error) =>
  new CommandError(`${wheel} is no sound wheel: ${cause.message}.`, 'Remove it, and fetch it again.', { cause })

async function takeFrom(archive: ZipFile, call: TakeCall): Promise<TakenWheel | undefined> {
  const { names, wheel } = call
  const entries: Entry[] = []
  // yauzl itself refuses absolute names and names with `..`; of a name only its last part is used.
  for await (const entry of archive.eachEntry()) entries.push(entry)
  const wanted = entries.filter(({ fileName }) => fileName.startsWith('nvidia/') && names.includes(lastPart(fileName)))
  const record = entries.find(({ fileName }) => /^[^/]+\.dist-info\/RECORD$/.test(fileName))
  if (wanted.length === 0) return undefined
  if (!record) throw new CommandError(`${wheel} has no RECORD.`, 'Fetch it again.')
  requireOnce(wanted, call)
  if (record.uncompressedSize > mostRecordBytes) throw new Error('its RECORD is too long')
  await requireSpace(call.folder, sum(wanted.map(({ uncompressedSize }) => uncompressedSize)))
  const sums = readRecord(await text(await archive.openReadStreamPromise(record)))
  const [, name = '', version = ''] = /^(.+)-([^-]+)\.dist-info\//.exec(record.fileName) ?? []
  const licence = entries.find(({ fileName }) => /\.dist-info\/(?:licenses\/)?License\.txt$/.test(fileName))
  const files: TakenFile[] = []
  let done = 0
  for (const entry of [...wanted, ...(licence ? [licence] : [])]) {
    const target = entry === licence ? `LICENSE-${name}.txt` : lastPart(entry.fileName)
    const onBytes = (bytes: number) => {
      done += bytes
      call.onBytes(done)
    }
    const sha256 = await unpack(archive, entry, { path: join(call.folder, target), signal: call.signal, onBytes })
    if (sums.get(entry.fileName) !== sha256)
      throw new CommandError(
        `${wheel} is damaged: ${entry.fileName} has another sum.`,
        'Remove it, and fetch it again.',
      )
    const problem = entry === licence ? undefined : await libraryProblem(join(call.folder, target), target)
    if (problem)
      throw new CommandError(`${entry.fileName} in ${wheel} ${problem}.`, 'Fetch the wheels for this machine.')
    files.push({ name: target, bytes: entry.uncompressedSize, sha256 })
  }
  return { package: name.replaceAll('_', '-'), version, files }
}

/** Nobody could say which one is meant. */
function requireOnce(wanted: readonly Entry[], { wheel, folder }: TakeCall): void {
  const all = wanted.map(({ fileName }) => lastPart(fileName))
  const twice = all.find((name, index) => all.indexOf(name) !== index)
  if (twice) throw new CommandError(`${wheel} holds ${twice} twice.`, 'Fetch it again.')
  const before = all.find((name) => existsSync(join(folder, name)))
  if (before)
    throw new CommandError(`${wheel} holds ${before}, and so does another wheel.`, 'Leave only one of them there.')
}

/** One line a file; wheels of NVIDIA's have hundreds. */
const mostRecordBytes = 16 * 2 ** 20

const sum = (all: readonly number[]) => all.reduce((total, each) => total + each, 0)

const lastPart = (path: string) => path.slice(path.lastIndexOf('/') + 1)

/** `path,sha256=<base64url>,bytes`, one file a line; in hexadecimal by path. */
function readRecord(record: string): ReadonlyMap<string, string> {
  return new Map(
    [...record.matchAll(/^(.+),sha256=([\w-]+),\d*$/gm)].map(([, path = '', sum = '']) => [
      path.replace(/^"|"$/g, ''),
      Buffer.from(sum, 'base64url').toString('hex'),
    ]),
  )
}

interface Unpacking {
  readonly path: string
  readonly signal: AbortSignal
  readonly onBytes: (bytes: number) => void
}

async function unpack(archive: ZipFile, entry: Entry, { path, signal, onBytes }: Unpacking): Promise<string> {
  const hash = createHash('sha256')
  const watch = watchChunks((chunk) => {
    hash.update(chunk)
    onBytes(chunk.byteLength)
  })
  const file = createWriteStream(path, { flags: 'wx', mode: 0o644, flush: true })
  await pipeline(await archive.openReadStreamPromise(entry), watch, file, { signal })
  return hash.digest('hex')
}
