import { lstat, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import process from 'node:process'

/** A folder that other users of the machine can put code into. */
export class UntrustedFolder extends Error {
  readonly remedy: string

  constructor(problem: string, remedy: string) {
    super(problem)
    this.remedy = remedy
  }
}

/** What the system says of a folder. */
export interface FolderRights {
  readonly path: string
  readonly uid: number
  readonly gid: number
  readonly mode: number
  /** Whether it is a link that stands where a folder should; whoever changes what it leads to is somebody else's matter. */
  readonly isLink?: boolean
}

/** Who looks at it. */
export interface FolderUser {
  readonly uid: number
  readonly gids: readonly number[]
}

/**
 * Throws `UntrustedFolder` where somebody else may put files into the folder: what lies there is run. Pure. Groups of the
 * user's own are let through: the folder was made for him alone, so somebody with the right to has given it to the group
 * (Kubernetes does so with each volume).
 */
export function checkRights({ path, uid, gid, mode, isLink = false }: FolderRights, user: FolderUser): void {
  if (isLink)
    throw new UntrustedFolder(
      `${path} is a link, and a folder must be there`,
      `Remove ${path}; HEARTH_NATIVE_DIR names another folder to unpack into.`,
    )
  if (uid !== user.uid && uid !== 0)
    throw new UntrustedFolder(
      `${path} belongs to another user (number ${uid}), who could put any code there`,
      `Remove ${path}, or set HEARTH_NATIVE_DIR to a folder of your own.`,
    )
  const isOpen = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && !user.gids.includes(gid))
  if (!isOpen) return
  throw new UntrustedFolder(
    `other users can write to ${path}, and so put any code there`,
    `Take that right away (chmod go-w '${path}'), or set HEARTH_NATIVE_DIR to a folder of your own.`,
  )
}

/**
 * Rejects with `UntrustedFolder` where others may write to the parent, or to the folder itself. What is not there is no
 * problem; on Windows nothing is: what lies below a user's profile is his.
 */
export async function requireTrust(parent: string, folder: string): Promise<void> {
  const { geteuid, getgid, getgroups } = process
  if (!geteuid || !getgid || process.platform === 'win32') return
  const user = { uid: geteuid(), gids: [getgid(), ...(getgroups?.() ?? [])] }
  // The parent may be a link that its owner has set, to another disk; the folder may not.
  const found = await Promise.all([stat(parent).catch(() => undefined), lstat(folder).catch(() => undefined)])
  for (const [index, path] of [parent, folder].entries()) {
    const rights = found[index]
    if (!rights) continue
    const { uid, gid, mode } = rights
    checkRights({ path, uid, gid, mode, isLink: rights.isSymbolicLink() }, user)
  }
}

/**
 * Whether all of a folder may be removed: nobody but this user and root can put a link into it while that is done, which
 * would lead to other files. Pure. `above` is the folder that it lies in.
 */
export function isSafeToRemove(
  rights: Pick<FolderRights, 'uid'>,
  above: Omit<FolderRights, 'path'>,
  uid: number,
): boolean {
  const isPrivate = (above.uid === uid || above.uid === 0) && (above.mode & 0o022) === 0
  return isPrivate || rights.uid === uid
}

/** As `isSafeToRemove`, of what lies there; on Windows always. Never rejects. */
export async function mayRemove(path: string): Promise<boolean> {
  const { geteuid } = process
  if (!geteuid || process.platform === 'win32') return true
  try {
    return isSafeToRemove(await lstat(path), await stat(dirname(path)), geteuid())
  } catch {
    return false
  }
}

/** Somebody else's folder, in which this user may do nothing. */
export interface OtherOwner {
  readonly path: string
  /** 0: root. */
  readonly uid: number
}

/** The first of the paths that can be seen, where it belongs to somebody else than this user. */
export async function otherOwner(paths: readonly string[]): Promise<OtherOwner | undefined> {
  const { geteuid } = process
  if (!geteuid || process.platform === 'win32') return undefined
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined)
    if (found) return found.uid === geteuid() ? undefined : { path, uid: found.uid }
  }
  return undefined
}
