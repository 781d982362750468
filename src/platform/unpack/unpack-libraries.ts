import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ServerError } from '../../core/errors.ts'
import type { EmbeddedFile, EmbeddedLibraries, EmbeddedPart } from '../embedded-libraries.ts'
import { draftPath, makeDraftFolder, removeLeftovers } from './draft-folder.ts'
import { findDamaged } from './find-damaged.ts'
import { otherOwner, requireTrust } from './folder-trust.ts'
import { movePatiently } from './move-patiently.ts'
import { removeOldVersions } from './old-versions.ts'
import { hasAll, isAsStamped, noteUse, stampName, writeStamp } from './stamp.ts'
import { type Modes, privateModes, sharedModes, unpackFile } from './unpack-file.ts'
import { unpackProblem } from './unpack-problem.ts'

export interface UnpackOptions {
  /** What is unpacked besides `libraries` and `c++-runtime`. */
  readonly parts?: readonly EmbeddedPart[]
  /** Whether somebody has named the parent: then its rights are his business, and all users may read what is in it. */
  readonly isChosen?: boolean
}

/**
 * Makes sure that the libraries lie unpacked below `parent`, and answers their folder. A later start looks at sizes and
 * times only; a file that was changed, cut or removed is put right, and nothing else is touched, so processes that use the
 * folder go on. Any number of processes may do this at once, each in a folder of its own until it is done. Leftovers of
 * processes that were killed over it are removed, and versions that nobody has used for two weeks. A folder that cannot be
 * written is used as it is where its content is right. Throws `native_libraries_unusable`.
 */
export async function unpackLibraries(
  libraries: EmbeddedLibraries,
  parent: string,
  { parts = [], isChosen = false }: UnpackOptions = {},
): Promise<string> {
  const folder = unpackedFolder(libraries, parent)
  const files = filesOf(libraries, parts)
  try {
    if (!isChosen) await requireTrust(parent, folder)
    const isRight = (await isAsStamped(folder, files)) && (await noteUse(folder))
    if (!isRight) await putRightAndKeep({ parent, folder, files, isChosen })
  } catch (cause) {
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    // What somebody has named may hold more than libraries, so nobody is told to give it away.
    const owner = isChosen ? undefined : await otherOwner([folder, parent, dirname(parent)])
    throw new ServerError('native_libraries_unusable', { ...unpackProblem(cause, { folder, bytes, owner }) }, { cause })
  }
  await removeLeftovers(parent)
  await removeOldVersions(parent, folder)
  return folder
}

/** Where libraries are unpacked to. The parent holds all versions, also those of other builds. */
export const unpackedFolder = ({ version, hash }: EmbeddedLibraries, parent: string): string =>
  join(parent, `${version}-${hash.slice(0, 12)}`)

function filesOf({ files }: EmbeddedLibraries, parts: readonly EmbeddedPart[]): readonly EmbeddedFile[] {
  const wanted: readonly EmbeddedPart[] = ['libraries', 'c++-runtime', ...parts]
  return files.filter(({ part }) => wanted.includes(part))
}

interface Place {
  readonly parent: string
  readonly folder: string
  readonly files: readonly EmbeddedFile[]
  readonly isChosen: boolean
}

/** Whoever removes versions that nobody uses may take the folder away while it is put right; hardly twice. */
async function putRightAndKeep(place: Place): Promise<void> {
  try {
    await putRight(place)
    if (await hasAll(place.folder, place.files)) return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await putRight(place)
}

async function putRight({ parent, folder, files, isChosen }: Place): Promise<void> {
  const modes = isChosen ? sharedModes : privateModes
  const damaged = await findDamaged(folder, files, { isStrict: !isChosen })
  if (damaged.length > 0) {
    // They may be what fills the disk.
    await removeLeftovers(parent)
    const draft = await makeDraftFolder(parent, modes.folder)
    try {
      await unpackAll({ draft, files: damaged, modes })
      if (damaged.length === files.length && (await moveWhole({ draft, folder, files, modes }))) return
      // Another process was faster.
      if (await isAsStamped(folder, files)) return
      await moveEach({ draft, folder, files: damaged, modes })
    } finally {
      // On Windows a library in use cannot be removed: then a later start does it.
      await rm(draft, { recursive: true, force: true }).catch(() => {})
    }
  }
  // Without it all is read again at the next start: better than none.
  await writeStamp({ folder, files, draft: draftPath(parent), mode: modes.stamp }).catch(() => {})
}

/** As many cores as most machines have; more files at once would only take more memory. */
const unpackedAtOnce = 2

async function unpackAll({ draft, files, modes }: Omit<Move, 'folder'>): Promise<void> {
  // The largest first, so that none is left alone at the end.
  const waiting = [...files].sort((left, right) => right.bytes - left.bytes).values()
  const turns = Array.from({ length: unpackedAtOnce }, async () => {
    for (const file of waiting) await unpackFile(file, join(draft, file.name), modes)
  })
  // Nobody may write to the folder any more when it is removed.
  for (const result of await Promise.allSettled(turns)) if (result.status === 'rejected') throw result.reason
}

interface Move {
  readonly draft: string
  readonly folder: string
  readonly files: readonly EmbeddedFile[]
  readonly modes: Modes
}

/**
 * The usual way: the folder appears whole, with its stamp. Answers false where it does not: mostly there is one already,
 * and systems have many words for that.
 */
async function moveWhole({ draft, folder, files, modes }: Move): Promise<boolean> {
  await writeStamp({ folder: draft, files, draft: join(draft, `${stampName}-draft`), mode: modes.stamp }).catch(
    () => {},
  )
  return rename(draft, folder).then(
    () => true,
    () => false,
  )
}

/**
 * One after the other, in place of what is there: it may be in use. What another process has put right in the meantime is
 * left alone.
 */
async function moveEach({ draft, folder, files, modes }: Move): Promise<void> {
  for (const { name } of await findDamaged(folder, files)) {
    const target = join(folder, name)
    await mkdir(dirname(target), { recursive: true, mode: modes.folder })
    await movePatiently(join(draft, name), target)
  }
}
