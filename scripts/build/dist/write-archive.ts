import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { create as createTar } from 'tar'
import { ZipFile } from 'yazl'
import { archiveTime } from './archive-time.ts'
import { DistributionError } from './distribution-error.ts'

/** Nine takes twice the time of six for two percent less; zero takes a fifth and makes it a sixth larger. */
const usualLevel = 6

/** An archive to make. */
export interface ArchiveOrder {
  /** A folder with files, the archive's only one: it stands there under the name that it has. Absolute path. */
  readonly folder: string
  /** Absolute path; `.zip` or `.tar.xz`. */
  readonly output: string
  /** The program in it, which is made executable. */
  readonly program: string
  /** A larger archive is not kept. */
  readonly mostBytes?: number
  /** How hard xz tries, from 0 to 9. */
  readonly xzLevel?: number
}

/** One that is ready to be made. */
interface TimedOrder extends ArchiveOrder {
  /** Of each file. */
  readonly time: Date
}

/**
 * Packs a folder: in a fixed order, with fixed times and owners. The archive appears under its name when it is whole. Throws
 * `DistributionError` where a program is missing on this machine, or where the archive is too large.
 */
export async function writeArchive(order: ArchiveOrder): Promise<void> {
  const { output, mostBytes } = order
  const timed = { ...order, time: archiveTime(process.env.SOURCE_DATE_EPOCH) }
  const temporary = `${output}.${process.pid}.new`
  try {
    await (output.endsWith('.zip') ? writeZip(timed, temporary) : writeTar(timed, temporary))
    const { size } = await stat(temporary)
    if (mostBytes !== undefined && size > mostBytes) {
      throw new DistributionError(
        `${basename(output)} has ${(size / 1e6).toFixed(1)} MB, and may have ${(mostBytes / 1e6).toFixed(0)} MB`,
      )
    }
    await rename(temporary, output)
  } finally {
    await rm(temporary, { force: true })
  }
}

const namesIn = async (folder: string) => (await readdir(folder)).sort()

async function writeTar(order: TimedOrder, output: string): Promise<void> {
  const names = await namesIn(order.folder)
  // Nothing is read before there is somebody to take it.
  const xz = await startXz(order.xzLevel ?? usualLevel)
  try {
    await compress(tarOf(order, names), { xz, output })
  } finally {
    xz.kill()
  }
}

function tarOf({ folder, program, time }: TimedOrder, names: readonly string[]): AsyncIterable<Uint8Array> {
  const top = basename(folder)
  const tar = createTar(
    {
      cwd: dirname(folder),
      portable: true,
      mtime: time,
      // Whoever builds has a mask of his own.
      onWriteEntry: (entry) => {
        if (entry.stat)
          entry.stat.mode = (entry.stat.mode & ~0o777) | (entry.path === `${top}/${program}` ? 0o755 : 0o644)
      },
    },
    names.map((name) => `${top}/${name}`),
  )
  // It goes on with the files for a moment when nobody takes it any more, and they are removed then.
  tar.on('error', () => {})
  return tar
}

/** With two threads or more, xz makes the same bytes however many there are. */
async function startXz(xzLevel: number): Promise<ChildProcessByStdio<Writable, Readable, Readable>> {
  const threads = Math.max(2, availableParallelism())
  const xz = spawn('xz', [`-${xzLevel}`, `--threads=${threads}`, '--stdout'], { stdio: ['pipe', 'pipe', 'pipe'] })
  try {
    await once(xz, 'spawn')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new DistributionError(missingXz)
    throw error
  }
  return xz
}

interface Compression {
  readonly xz: ChildProcessByStdio<Writable, Readable, Readable>
  readonly output: string
}

async function compress(tar: AsyncIterable<Uint8Array>, { xz, output }: Compression): Promise<void> {
  const problems = text(xz.stderr)
  const ended = once(xz, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const [taken, written] = await Promise.allSettled([
    pipeline(Readable.from(tar), xz.stdin),
    pipeline(xz.stdout, createWriteStream(output)),
  ])
  const [code, signal] = await ended
  // Where one of them stops, the others do, too: the first cause is told.
  if (written.status === 'rejected') throw written.reason
  if (code !== 0) throw new DistributionError(`xz ended with ${code ?? signal}: ${(await problems).trim()}`)
  if (taken.status === 'rejected') throw taken.reason
}

const missingXz =
  'xz is not on this machine, and archives are compressed by it: install it (apt install xz-utils, dnf install xz, brew install xz), or leave the archives out with --no-archives'

async function writeZip({ folder, program, time }: TimedOrder, output: string): Promise<void> {
  const zip = new ZipFile()
  // In this format times are those of a place: the same wherever it is built, and no other field says more.
  const mtime = new Date(time.getTime() + time.getTimezoneOffset() * 60_000)
  for (const name of await namesIn(folder)) {
    const mode = 0o100000 | (name === program ? 0o755 : 0o644)
    zip.addFile(join(folder, name), `${basename(folder)}/${name}`, { mtime, mode, forceDosTimestamp: true })
  }
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(output))
}
