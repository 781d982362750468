import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ServerError } from '../../core/errors.ts'
import { HeaderProblem } from '../gguf/header-problem.ts'
import type { ModelFileHead } from '../gguf/read-header.ts'
import { withAllFiles } from './check-model.ts'
import { download } from './download.ts'
import type { TargetCall } from './fetch-target.ts'
import { requireSpace } from './free-space.ts'
import { HeadWatch } from './head-watch.ts'
import { keepPart, notUsable, requireModel } from './keep-part.ts'
import { PartFile } from './part-file.ts'
import { readRemoteHead } from './remote-head.ts'
import type { RemoteFile } from './target.ts'

/** Fetches the files of a model that can be had over HTTP to their places, as `fetchTarget` says. Throws `SourceProblem`, too. */
export async function fetchRemote(
  call: TargetCall,
  files: readonly RemoteFile[],
  paths: readonly string[],
): Promise<void> {
  const missing = await missingFiles(files, paths)
  const [first] = missing
  const sizes = files.map(({ sizeBytes }) => sizeBytes)
  const allBytes = sizes.every((bytes) => bytes !== undefined)
    ? sizes.reduce((sum, bytes) => sum + bytes, 0)
    : undefined
  const judge = judgeOf(call, allBytes)
  const wasJudged = first?.index === 0 ? await judgeAhead(call, first.file, judge) : true
  await requireSpace(dirname(paths[0] ?? ''), await bytesToCome(missing))
  for (const { file, index, part } of missing) {
    const watch = index === 0 && !wasJudged ? new HeadWatch(part.path, judge) : undefined
    await fetchFile(call, { file, index, part, watch })
  }
  for (const { part, path } of missing.toReversed()) await keepPart(part, path)
}

interface MissingFile {
  readonly file: RemoteFile
  readonly index: number
  readonly path: string
  readonly part: PartFile
}

/** What stands under its final name was whole when it came there. */
async function missingFiles(files: readonly RemoteFile[], paths: readonly string[]): Promise<readonly MissingFile[]> {
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)))
  return files.flatMap((file, index) => {
    const path = paths[index] ?? ''
    return found[index] ? [] : [{ file, index, path, part: new PartFile(path) }]
  })
}

type Judge = (head: ModelFileHead) => Promise<void>

/** Throws what speaks against the model whose first file has that head. */
function judgeOf({ target, checkModel }: TargetCall, allBytes: number | undefined): Judge {
  return async ({ header, fileBytes }) => {
    const total = allBytes ?? fileBytes
    const facts = { name: target.name, header: withAllFiles(header, fileBytes, total), fileBytes: total }
    const problem = await checkModel?.(facts)
    if (problem) throw problem
  }
}

/** False where the server gives no ranges: then the head is looked at when it has come. */
async function judgeAhead(call: TargetCall, file: RemoteFile, judge: Judge): Promise<boolean> {
  if (!call.checkModel) return true
  call.onStep('resolve')
  try {
    const head = await readRemoteHead({ ...call, ...file })
    if (head) await judge(head)
    return head !== undefined
  } catch (error) {
    throw explained(call, error)
  }
}

/** What a head tells of a file that is no model, or none that this build knows. */
function explained({ target }: TargetCall, error: unknown): unknown {
  if (!(error instanceof HeaderProblem)) return error
  if (error.reason !== 'unsupported-version') return notUsable(error)
  const facts = { param: 'model', model: target.name, problem: error.message }
  return new ServerError('model_incompatible', facts, { cause: error })
}

async function bytesToCome(missing: readonly MissingFile[]): Promise<number> {
  const bytes = missing.map(async ({ file, part }) => {
    const here = (await part.read())?.pieces.doneBytes ?? 0
    return Math.max(0, (file.sizeBytes ?? file.aboutBytes ?? 0) - here)
  })
  return (await Promise.all(bytes)).reduce((sum, each) => sum + each, 0)
}

async function fetchFile(
  call: TargetCall,
  { file, index, part, watch }: Omit<MissingFile, 'path'> & { readonly watch: HeadWatch | undefined },
): Promise<void> {
  call.onStep('download')
  try {
    await download({
      ...call,
      ...file,
      part,
      onBytes: (doneBytes, totalBytes) => {
        call.onStep('download')
        call.onBytes(index, doneBytes, totalBytes)
      },
      onVerify: () => call.onStep('verify'),
      ...(watch && { onHead: (doneBytes, totalBytes) => watch.look(doneBytes, totalBytes) }),
    })
    // A page that a proxy sent instead of the file has no sum that anybody knows, but it is no model either.
    await requireModel(part)
  } catch (error) {
    const isRefused = error instanceof ServerError || error instanceof HeaderProblem
    if (isRefused && !call.signal.aborted) await part.remove()
    throw explained(call, error)
  }
}
