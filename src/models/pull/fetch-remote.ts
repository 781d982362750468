import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ServerError } from '../../core/errors.ts'
import { HeaderProblem } from '../gguf/header-problem.ts'
import type { ModelFileHead } from '../gguf/read-header.ts'
import { withAllFiles } from './check-model.ts'
import { download } from './download.ts'
import type { TargetCall } from './fetch-target.ts'
import { claimSpace, explainFullDisk, type SpaceClaim } from './free-space.ts'
import { HeadWatch } from './head-watch.ts'
import { keepPart, notUsable, requireModel, requirePartCount } from './keep-part.ts'
import { LateJudge } from './late-judge.ts'
import { PartFile, sha256Of } from './part-file.ts'
import { readRemoteHead } from './remote-head.ts'
import type { RemoteFile } from './target.ts'

/** Fetches the files of a model that can be had over HTTP to their places, as `fetchTarget` says. Throws `SourceProblem`, too. */
export async function fetchRemote(
  call: TargetCall,
  files: readonly RemoteFile[],
  paths: readonly string[],
): Promise<void> {
  const missing = await missingFiles(call, files, paths)
  const judge = new LateJudge(call.checkModel, call.signal)
  const look = lookOf(call, files, judge)
  const ahead = missing[0]?.index === 0 ? await lookAhead(call, missing[0].file, look) : unseen
  const sizes = missing.map(({ file, index, sizeBytes, hereBytes }) => {
    call.onBytes(index, hereBytes, file.sizeBytes)
    // What its server says goes before what a catalog says.
    const bytes = (index === 0 ? ahead.fileBytes : undefined) ?? sizeBytes ?? 0
    return Math.max(0, bytes - hereBytes)
  })
  const folder = dirname(paths[0] ?? '')
  using claim = await claimSpace(folder, sum(sizes))
  const signal = AbortSignal.any([call.signal, judge.refused])
  try {
    for (const each of missing) {
      const watch = each.index === 0 && !ahead.isSeen ? new HeadWatch(each.part.path, look) : undefined
      await fetchFile({ ...call, signal }, { ...each, claim, watch, fileCount: files.length })
    }
    await judge.settle()
  } catch (error) {
    if (judge.refused.aborted && !call.signal.aborted) for (const { part } of missing) await part.remove()
    throw await explainFullDisk(error, folder, claim.bytes)
  }
  for (const { part, path } of missing.toReversed()) await keepPart(part, path)
}

interface MissingFile {
  readonly file: RemoteFile
  readonly index: number
  readonly path: string
  readonly part: PartFile
  /** Of the file, more or less; and of it those that an earlier attempt left. */
  readonly sizeBytes: number | undefined
  readonly hereBytes: number
}

/** What stands under its final name was whole when it came there; whether it is of this model is to be seen. */
async function missingFiles(
  call: TargetCall,
  files: readonly RemoteFile[],
  paths: readonly string[],
): Promise<readonly MissingFile[]> {
  const missing: MissingFile[] = []
  for (const [index, file] of files.entries()) {
    const path = paths[index] ?? ''
    const found = await stat(path).catch(() => undefined)
    if (found) {
      await requireSame(call, file, { path, sizeBytes: found.size })
      call.onBytes(index, found.size, found.size)
      continue
    }
    const part = new PartFile(path)
    const hereBytes = (await part.read())?.pieces.doneBytes ?? 0
    missing.push({ file, index, path, part, sizeBytes: file.sizeBytes ?? file.aboutBytes, hereBytes })
  }
  return missing
}

/** A part that is there must be of the same model as those that come: its repository may have changed since. */
async function requireSame(
  call: TargetCall,
  file: RemoteFile,
  { path, sizeBytes }: { path: string; sizeBytes: number },
) {
  const isOther =
    (file.sizeBytes !== undefined && file.sizeBytes !== sizeBytes) ||
    (file.sha256 !== undefined && file.sha256 !== (await sha256Of(path, { signal: call.signal })))
  if (!isOther) return
  const problems = [`${path} is there already, and is another file than the one that ${file.place} has now`]
  const byHand = 'Remove that file and pull the model again.'
  throw new ServerError('model_pull_failed', { model: call.target.name, problems, byHand })
}

type Look = (head: ModelFileHead) => Promise<void>

/** Throws what speaks against the model whose first file has that head. */
function lookOf({ target }: TargetCall, files: readonly RemoteFile[], judge: LateJudge): Look {
  const sizes = files.map(({ sizeBytes }) => sizeBytes)
  return async (head) => {
    requirePartCount(head, files.length)
    const known = sizes.filter((bytes) => bytes !== undefined)
    const total = known.length === sizes.length ? sum(known) : head.fileBytes
    const header = withAllFiles(head.header, head.fileBytes, total)
    await judge.ask({ name: target.name, header, fileBytes: total })
  }
}

interface Ahead {
  /** False where the server gives no ranges: then the head is looked at when it has come. */
  readonly isSeen: boolean
  readonly fileBytes?: number
}

const unseen: Ahead = { isSeen: false }

async function lookAhead(call: TargetCall, file: RemoteFile, look: Look): Promise<Ahead> {
  if (!call.checkModel) return { isSeen: true }
  call.onStep('resolve')
  try {
    const head = await readRemoteHead({ ...call, ...file })
    if (head) await look(head)
    return head ? { isSeen: true, fileBytes: head.fileBytes } : unseen
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

interface FileCall extends MissingFile {
  readonly watch: HeadWatch | undefined
  readonly claim: SpaceClaim
  readonly fileCount: number
}

async function fetchFile(call: TargetCall, { file, index, part, watch, claim, ...facts }: FileCall): Promise<void> {
  const { signal, onStep, onBytes, onSummed } = call
  let hereBytes = facts.hereBytes
  onStep('download')
  try {
    await download({
      ...call,
      ...file,
      part,
      onBytes: (doneBytes, totalBytes) => {
        onStep('download')
        claim.bytes = Math.max(0, claim.bytes + hereBytes - doneBytes)
        hereBytes = doneBytes
        onBytes(index, doneBytes, totalBytes)
      },
      onVerify: (doneBytes, totalBytes) => {
        onStep('verify')
        onSummed?.(doneBytes, totalBytes)
      },
      ...(watch && { onHead: (doneBytes, totalBytes) => watch.look(doneBytes, totalBytes) }),
    })
    // A page that a proxy sent instead of the file has no sum that anybody knows, but it is no model either.
    const head = await requireModel(part)
    if (index === 0) requirePartCount(head, facts.fileCount)
  } catch (error) {
    const isRefused = error instanceof ServerError || error instanceof HeaderProblem
    if (isRefused && !signal.aborted) await part.remove()
    throw explained(call, error)
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
