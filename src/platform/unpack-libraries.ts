import { createHash, randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { messageOf, ServerError } from '../core/errors.ts'
import type { EmbeddedFile, EmbeddedLibraries, EmbeddedPart } from './embedded-libraries.ts'

/** Written last, so a folder with it was whole once. Holds each file's size and time of change as they were then. */
const stampName = '.unpacked.json'

type Stamp = Record<string, { readonly bytes: number; readonly changed: number }>

/**
 * Makes sure that the libraries lie unpacked below `parent`, and answers their folder. A later start looks at sizes and
 * times only; a file that was changed, cut or removed is put right. Two processes may do this at once: each writes to
 * a folder of its own, and the first to rename it wins. Throws `native_libraries_unusable`.
 */
export async function unpackLibraries(
  libraries: EmbeddedLibraries,
  parent: string,
  { parts = [] }: { readonly parts?: readonly EmbeddedPart[] } = {},
): Promise<string> {
  const wanted: readonly EmbeddedPart[] = ['libraries', 'c++-runtime', ...parts]
  const files = libraries.files.filter(({ part }) => wanted.includes(part))
  const folder = join(parent, `${libraries.version}-${libraries.hash.slice(0, 12)}`)
  if (await isAsStamped(folder, files)) return folder
  try {
    if (await isIntact(folder, files)) await writeStamp(folder, files)
    else await unpack(files, { parent, folder })
    return folder
  } catch (cause) {
    throw new ServerError('native_libraries_unusable', { problem: problemOf(cause, folder) }, { cause })
  }
}

async function isAsStamped(folder: string, files: readonly EmbeddedFile[]): Promise<boolean> {
  try {
    const stamp = JSON.parse(await readFile(join(folder, stampName), 'utf8')) as Stamp
    const found = await readStats(folder, files)
    return files.every(({ name, bytes }) => {
      const [then, now] = [stamp[name], found[name]]
      return now?.bytes === bytes && then?.bytes === bytes && then.changed === now.changed
    })
  } catch {
    return false
  }
}

async function isIntact(folder: string, files: readonly EmbeddedFile[]): Promise<boolean> {
  try {
    for (const { name, bytes, sha256 } of files) {
      const content = await readFile(join(folder, name))
      if (content.byteLength !== bytes || hashOf(content) !== sha256) return false
    }
    return true
  } catch {
    return false
  }
}

async function unpack(files: readonly EmbeddedFile[], { parent, folder }: { parent: string; folder: string }) {
  const fresh = join(parent, `.new-${randomUUID()}`)
  try {
    await mkdir(fresh, { recursive: true, mode: 0o700 })
    for (const { name, path, sha256 } of files) await unpackOne({ source: path, target: join(fresh, name), sha256 })
    await writeStamp(fresh, files)
    await putInPlace({ fresh, folder, files })
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

const decompress = promisify(zstdDecompress)

async function unpackOne({ source, target, sha256 }: { source: string; target: string; sha256: string }) {
  const content = await decompress(await readFile(source))
  if (hashOf(content) !== sha256) throw new Error('the executable itself is damaged; download it again')
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  await writeFile(target, content)
  await chmod(target, 0o500)
}

interface Placement {
  readonly fresh: string
  readonly folder: string
  readonly files: readonly EmbeddedFile[]
}

/** Whatever stands in the way is either another process's work, which is as good as ours, or damaged. */
async function putInPlace({ fresh, folder, files }: Placement): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(fresh, folder)
    } catch (error) {
      if (await isAsStamped(folder, files)) return
      if (attempt === 3) throw error
      const damaged = `${fresh}-damaged`
      await rename(folder, damaged).catch(() => {})
      await rm(damaged, { recursive: true, force: true })
    }
  }
}

async function writeStamp(folder: string, files: readonly EmbeddedFile[]): Promise<void> {
  const temporary = join(folder, `${stampName}-${randomUUID()}`)
  await writeFile(temporary, JSON.stringify(await readStats(folder, files)))
  await rename(temporary, join(folder, stampName))
}

async function readStats(folder: string, files: readonly EmbeddedFile[]): Promise<Stamp> {
  const pairs = files.map(async ({ name }) => {
    const { size, mtimeMs } = await stat(join(folder, name))
    return [name, { bytes: size, changed: mtimeMs }] as const
  })
  return Object.fromEntries(await Promise.all(pairs))
}

const hashOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')

function problemOf(cause: unknown, folder: string): string {
  const { code } = (cause ?? {}) as { code?: unknown }
  if (code === 'ENOSPC' || code === 'EDQUOT') return `the disk is full, and they have to be unpacked into ${folder}`
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return `they have to be unpacked into ${folder}, which cannot be written`
  return `they could not be unpacked into ${folder}: ${messageOf(cause)}`
}
