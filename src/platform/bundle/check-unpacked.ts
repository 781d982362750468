import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type EmbeddedLibraries, embeddedLibraries } from '../embedded-libraries.ts'
import { findDamaged } from '../unpack/find-damaged.ts'
import { removeStamp } from '../unpack/stamp.ts'
import { unpackedFolder } from '../unpack/unpack-libraries.ts'

/** The folder that an executable has unpacked its libraries into. */
export interface UnpackedCheck {
  /** Absolute path. */
  readonly folder: string
  /** Whether anything was unpacked there yet. */
  readonly isThere: boolean
  /** Names of files that are missing or of another content. */
  readonly damaged: readonly string[]
}

/**
 * Compares the folder that this executable's libraries were unpacked into, below `parent`, with what the executable carries. Parts that
 * are unpacked only where they are needed may be missing. Undefined from source. Changes nothing, but has the next start read all of it
 * where something is damaged: what a failing disk does to a file shows in no size and no time.
 */
export async function checkUnpacked(
  parent: string,
  libraries: EmbeddedLibraries | undefined = embeddedLibraries,
): Promise<UnpackedCheck | undefined> {
  if (!libraries) return undefined
  const folder = unpackedFolder(libraries, parent)
  if (!existsSync(folder)) return { folder, isThere: false, damaged: [] }
  const wanted = libraries.files.filter(({ name, part }) => part === 'libraries' || existsSync(join(folder, name)))
  const damaged = await findDamaged(folder, wanted)
  if (damaged.length > 0) await removeStamp(folder)
  return { folder, isThere: true, damaged: damaged.map(({ name }) => name) }
}
