import { constants, existsSync, realpathSync } from 'node:fs'
import { access, readdir, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Environment } from '../../config/environment.ts'
import { embeddedLibraries } from '../../platform/embedded-libraries.ts'
import { noExecMountOf } from '../../platform/mounts.ts'
import { readTextOrEmpty } from '../../platform/read-text.ts'
import type { FolderState, NativePlace } from './facts.ts'

/** What can be done with a folder. Never rejects, and changes nothing. */
export async function gatherFolder(path: string): Promise<FolderState> {
  const nearest = nearestFolder(path)
  const [unusable, isWritable, freeBytes] = await Promise.all([whyUnusable(path), canWrite(nearest), freeOf(nearest)])
  const state = unusable === undefined ? 'there' : unusable === 'ENOENT' ? 'absent' : 'unusable'
  const why = unusable === 'ENOTDIR' ? whyNoFolder(path, nearest) : `cannot be read (${unusable})`
  return {
    path,
    state,
    isWritable,
    ...(state === 'unusable' && { problem: why }),
    ...(freeBytes !== undefined && { freeBytes }),
  }
}

const whyNoFolder = (path: string, nearest: string) =>
  path === nearest ? 'is a file' : `cannot be there: ${nearest} is a file`

/** Where the native libraries are, or will be unpacked to. */
export function gatherNativePlace({ nativeFolder, dataFolder }: Environment): NativePlace {
  const isUnpacked =
    embeddedLibraries !== undefined && !(nativeFolder && existsSync(join(nativeFolder, 'llama-addon.node')))
  const folder = nativeFolder ?? join(dataFolder, 'native')
  const mount = noExecMountOf(realpathSync(nearestFolder(folder)), readTextOrEmpty('/proc/self/mounts'))
  return {
    folder,
    isChosen: nativeFolder !== undefined,
    isUnpacked,
    ...(mount !== undefined && { noExecMount: mount }),
  }
}

/** The folder itself, or the first one above it that is there. */
function nearestFolder(path: string): string {
  const parent = dirname(path)
  return existsSync(path) || parent === path ? path : nearestFolder(parent)
}

async function whyUnusable(path: string): Promise<string | undefined> {
  try {
    await readdir(path)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

const canWrite = (path: string) =>
  access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )

async function freeOf(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch {
    return undefined
  }
}
