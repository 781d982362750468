import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { lstat, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import type { CudaMajor } from './runtime-libraries.ts'
import { ownRuntimeFolder } from './runtime-places.ts'

/** What lies in the folder that `hearth cuda install` fills, as it was written there. */
export interface OwnRuntime {
  readonly cuda: CudaMajor
  /** Where it came from: packages with their versions, or the folder. */
  readonly from: string
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[]
}

/** Written last, so a folder with it was whole once. */
const noteName = 'runtime.json'

/** What was installed, if anything was. */
export function readOwnRuntime(dataFolder: string, major: CudaMajor): OwnRuntime | undefined {
  try {
    const path = join(ownRuntimeFolder(dataFolder, major, process.platform), noteName)
    return JSON.parse(readFileSync(path, 'utf8')) as OwnRuntime
  } catch {
    return undefined
  }
}

/** The files of it that are not as they were written, by their sizes; none where nothing was installed. */
export async function damagedFiles(dataFolder: string, major: CudaMajor): Promise<readonly string[]> {
  const folder = ownRuntimeFolder(dataFolder, major, process.platform)
  const { files = [] } = readOwnRuntime(dataFolder, major) ?? {}
  const found = await Promise.all(
    files.map(({ name, bytes }) =>
      stat(join(folder, name)).then(
        ({ size }) => size === bytes,
        () => false,
      ),
    ),
  )
  return files.filter((_, index) => !found[index]).map(({ name }) => name)
}

/**
 * Fills a folder beside, by `fill`, and puts it in place of what was there, so that files of two kinds never lie together;
 * what was there stays where that fails, as on Windows while a server uses it. Nothing is left of it then, nor of one that was
 * killed. For one process at a time.
 */
export async function replaceOwnRuntime(
  dataFolder: string,
  major: CudaMajor,
  fill: (folder: string) => Promise<Omit<OwnRuntime, 'cuda'>>,
): Promise<string> {
  const folder = ownRuntimeFolder(dataFolder, major, process.platform)
  const parent = join(folder, '..')
  await removeLeftovers(parent, major)
  const fresh = join(parent, `.new-${major}-${randomUUID()}`)
  await mkdir(fresh, { recursive: true, mode: 0o755 })
  try {
    const note: OwnRuntime = { cuda: major, ...(await fill(fresh)) }
    await writeFile(join(fresh, noteName), `${JSON.stringify(note, undefined, 2)}\n`)
    const old = join(parent, `.old-${major}-${randomUUID()}`)
    if (existsSync(folder)) await rename(folder, old)
    try {
      await rename(fresh, folder)
    } catch (error) {
      await rename(old, folder).catch(() => {})
      throw error
    }
    // What is still in use goes with the next one.
    await rm(old, { recursive: true, force: true }).catch(() => {})
    return folder
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function removeLeftovers(parent: string, major: CudaMajor): Promise<void> {
  const names = await readdir(parent).catch(() => [] as string[])
  for (const name of names.filter((each) => each.startsWith(`.new-${major}-`) || each.startsWith(`.old-${major}-`)))
    await rm(join(parent, name), { recursive: true, force: true })
}

/** Removes it, and what interrupted installations left; answers the bytes that are free now. For one process at a time. */
export async function removeOwnRuntime(dataFolder: string, majors: readonly CudaMajor[]): Promise<number> {
  const parent = join(dataFolder, 'cuda')
  const names = await readdir(parent).catch(() => [] as string[])
  const gone = names.filter(
    (name) => majors.some((major) => name === String(major)) || /^\.(?:new|old)-|^downloads$/.test(name),
  )
  let bytes = 0
  for (const name of gone) {
    const held = await bytesIn(join(parent, name))
    await rm(join(parent, name), { recursive: true, force: true })
    bytes += held
  }
  return bytes
}

async function bytesIn(path: string): Promise<number> {
  const names = await readdir(path, { recursive: true }).catch(() => [])
  const sizes = await Promise.all(['', ...names].map((name) => bytesOf(join(path, name))))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Of a file itself: a link may lead nowhere. */
const bytesOf = (path: string) =>
  lstat(path).then(
    (found) => (found.isFile() ? found.size : 0),
    () => 0,
  )
