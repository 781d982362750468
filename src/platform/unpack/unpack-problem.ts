import { messageOf } from '../../core/errors.ts'
import { type OtherOwner, UntrustedFolder } from './folder-trust.ts'
import { DamagedExecutable } from './unpack-file.ts'

/** What went wrong, to stand in a sentence, and a sentence that says what to do. */
export interface UnpackProblem {
  readonly problem: string
  readonly remedy: string
}

export interface UnpackPlace {
  readonly folder: string
  /** What had to be unpacked into it. */
  readonly bytes: number
  /** Whose folder is in the way, where it is not the user's. */
  readonly owner?: OtherOwner | undefined
}

/** What an error means to whoever started the program. Pure. */
export function unpackProblem(cause: unknown, { folder, bytes, owner }: UnpackPlace): UnpackProblem {
  if (cause instanceof DamagedExecutable)
    return { problem: `the executable itself is damaged: ${cause.message}`, remedy: 'Download it again.' }
  if (cause instanceof UntrustedFolder) return { problem: cause.message, remedy: cause.remedy }
  const { code } = (cause ?? {}) as { code?: unknown }
  const size = `${Math.max(1, Math.ceil(bytes / 1e6))} MB`
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return {
      problem: `${code === 'EDQUOT' ? 'what this user may have on the disk is used up' : 'the disk is full'}, and the native libraries have to be unpacked into ${folder}, which takes ${size}`,
      remedy: 'Make room on the disk, or set HEARTH_NATIVE_DIR to a folder on another one.',
    }
  if ((code === 'EACCES' || code === 'EPERM') && owner)
    return {
      problem: `the native libraries have to be unpacked into ${folder}, and ${owner.path} belongs to ${owner.uid === 0 ? 'root, as after a start with sudo' : `another user (number ${owner.uid})`}`,
      remedy: `Give it to this user if it holds nothing but files of Hearth (sudo chown -R "$(id -un)" '${owner.path}'), or set HEARTH_HOME to a folder of your own.`,
    }
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return {
      problem: `the native libraries have to be unpacked into ${folder}, and something there or above is no folder, or a link that leads nowhere (${messageOf(cause)})`,
      remedy: `Remove that, or set HEARTH_NATIVE_DIR to a folder that can be written and has ${size} free.`,
    }
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return {
      problem: `the native libraries have to be unpacked into ${folder}, which cannot be written`,
      remedy: `Make the folder writable, or set HEARTH_NATIVE_DIR to one that is and has ${size} free.`,
    }
  return {
    problem: `the native libraries could not be unpacked into ${folder}: ${messageOf(cause)}`,
    remedy: `Set HEARTH_NATIVE_DIR to another folder that can be written and has ${size} free.`,
  }
}
