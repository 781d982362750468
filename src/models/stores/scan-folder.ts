import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isLaterPart } from '../model-file.ts'
import type { ModelProblem } from '../registry.ts'
import { folderProblem, isMissing, readProblem } from './found-model.ts'

/** How a folder is to be searched. */
export interface ScanCall {
  /** Absolute. */
  readonly folder: string
  /** Folders below it that are looked into, one in another: a file may lie that deep. */
  readonly depth: number
  /** Whether it is a problem that the folder itself is not there. */
  readonly mustExist?: boolean
}

/** What was found: paths below the folder, as lists of names from it to the file. */
export interface ScanResult {
  readonly files: readonly (readonly string[])[]
  readonly problems: readonly ModelProblem[]
}

/** What one folder may make us look at: a setting may name the root of a disk. */
const folderLimit = 5000
const fileLimit = 20_000

/**
 * Every GGUF file below a folder that is a model's first, in the order of names. Links are followed, but no folder is looked
 * into twice, so they may form loops. Hidden files and folders are passed over. Never rejects.
 */
export async function scanFolder({ folder, depth, mustExist = false }: ScanCall): Promise<ScanResult> {
  const scan: Scan = { files: [], problems: [], seen: new Set(), folders: 0 }
  try {
    // Both at once: most folders that are looked for are not there.
    const [real, entries] = await Promise.all([realpath(folder), readdir(folder, { withFileTypes: true })])
    await scanInto({ path: folder, real, names: [], depth }, scan, entries)
  } catch (error) {
    if (mustExist || !isMissing(error)) scan.problems.push(folderProblem(folder, readProblem(error)))
  }
  if (isFull(scan))
    scan.problems.push(folderProblem(folder, `it has more than can be looked at: ${scan.folders} folders were`))
  return scan
}

interface Scan {
  readonly files: (readonly string[])[]
  readonly problems: ModelProblem[]
  /** Real paths of folders. */
  readonly seen: Set<string>
  folders: number
}

interface Place {
  readonly path: string
  /** The same with every link followed. */
  readonly real: string
  readonly names: readonly string[]
  readonly depth: number
}

const isFull = ({ folders, files }: Scan) => folders >= folderLimit || files.length >= fileLimit

async function scanInto(place: Place, scan: Scan, known?: readonly Dirent[]): Promise<void> {
  if (scan.seen.has(place.real) || isFull(scan)) return
  scan.seen.add(place.real)
  scan.folders += 1
  const entries = known ?? (await readdir(place.path, { withFileTypes: true }))
  const folders: Place[] = []
  for (const entry of entries.toSorted(byName)) {
    if (entry.name.startsWith('.')) continue
    if (await isFolder(place, entry)) folders.push(await below(place, entry))
    else if (/\.gguf$/i.test(entry.name) && !isLaterPart(entry.name)) scan.files.push([...place.names, entry.name])
  }
  for (const inner of folders) {
    // What ends in .gguf and is a folder is told as that, and holds no models.
    if (/\.gguf$/i.test(inner.path)) scan.files.push(inner.names)
    else if (place.depth > 0)
      await scanInto(inner, scan).catch((error) => scan.problems.push(folderProblem(inner.path, readProblem(error))))
  }
}

async function isFolder({ path }: Place, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  // A link that leads nowhere is a file that is missing, if it is called like one.
  return stat(join(path, entry.name)).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

async function below({ path, real, names, depth }: Place, entry: Dirent): Promise<Place> {
  const inner = { path: join(path, entry.name), names: [...names, entry.name], depth: depth - 1 }
  const straight = join(real, entry.name)
  if (!entry.isSymbolicLink()) return { ...inner, real: straight }
  return { ...inner, real: await realpath(inner.path).catch(() => straight) }
}

const byName = (left: Dirent, right: Dirent) => (left.name < right.name ? -1 : 1)
