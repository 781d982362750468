import { lstat, readdir, readFile, realpath, rename, rm } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { draftPath } from './draft-folder.ts'
import { mayRemove } from './folder-trust.ts'
import { lastUse, readStamp, stampName } from './stamp.ts'

/**
 * Two versions of Hearth, or builds for the CPU and for GPUs, may be used in turns with one data folder: each use is
 * noted, and what nobody used for that long is unpacked again within a second or so when somebody needs it after all.
 */
const unusedMilliseconds = 14 * 24 * 3600_000

/** `<version>-<hash>`, as `unpackLibraries` names them. */
const namePattern = /^\d+\.\d+\.\d+[\w.+-]*-[0-9a-f]{12}$/

/**
 * Removes from `parent` the libraries of other versions that nobody has used for two weeks and no process has open, as
 * far as the system tells. Takes only folders that hold what we unpacked and nothing besides. Never rejects.
 */
export async function removeOldVersions(parent: string, kept: string): Promise<void> {
  const names = await readdir(parent).catch(() => [])
  for (const name of names) {
    if (!namePattern.test(name) || name === basename(kept)) continue
    await removeIfOld(parent, name).catch(() => {})
  }
}

async function removeIfOld(parent: string, name: string): Promise<void> {
  const folder = join(parent, name)
  if (!(await isUnused(folder)) || !(await isOurs(folder)) || (await isOpen(await realpath(folder)))) return
  if (!(await mayRemove(folder))) return
  // To look for that takes a while.
  if (!(await isUnused(folder))) return
  // All at once, so that nobody finds half of it; whoever began to use it in this very moment gets it back.
  const aside = draftPath(parent)
  await rename(folder, aside)
  if (await isUnused(aside)) await rm(aside, { recursive: true, force: true })
  else await rename(aside, folder)
}

async function isUnused(folder: string): Promise<boolean> {
  const last = await lastUse(folder)
  return last !== undefined && Date.now() - last > unusedMilliseconds
}

/** Nothing is in it but what its stamp names. */
async function isOurs(folder: string): Promise<boolean> {
  const stamp = await readStamp(folder)
  if (!stamp || !(await lstat(folder)).isDirectory()) return false
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  return names.every((name) => name.startsWith(stampName) || name.split(sep).join('/') in stamp)
}

/** Whether a process that may be looked into has mapped something of the folder; on systems that do not tell: false. */
async function isOpen(folder: string): Promise<boolean> {
  const processes = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  for (const number of processes) {
    const maps = await readFile(`/proc/${number}/maps`, 'utf8').catch(() => '')
    if (maps.includes(`${folder}/`)) return true
  }
  return false
}
