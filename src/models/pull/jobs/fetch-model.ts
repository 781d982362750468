import type { DownloadState, PullRequest, RemoteModel } from '../../downloads.ts'
import type { Reference } from '../reference.ts'

/** What a reference was found to be. */
export interface ResolvedModel {
  /** For people: `hf:user/repository/FILE.gguf`, or the id in the catalog. */
  readonly resolved: string
  /** The same so exactly that a later attempt takes the same files. */
  readonly pinned: string
  /** Name by which requests will have it. */
  readonly modelId: string
  /** Paths within the models folder, with slashes; the first one stands for the model. */
  readonly files: readonly { readonly name: string; readonly totalBytes?: number }[]
}

/** What happens on the way. */
export interface FetchEvents {
  onResolved(model: ResolvedModel): void
  onState(state: Extract<DownloadState, 'waiting' | 'resolving' | 'downloading' | 'verifying' | 'converting'>): void
  /** How much there is of the file of that place in `files`; less than before when something had to be fetched anew. */
  onBytes(file: number, doneBytes: number, totalBytes: number | undefined): void
  /** How much of the file that is verified is in its sum. */
  onSummed(doneBytes: number, totalBytes: number): void
}

export interface FetchCall extends FetchEvents {
  readonly request: PullRequest
  /** What the request says, or what an earlier attempt has found it to be. */
  readonly reference: Reference
  readonly signal: AbortSignal
}

export interface FetchedModel {
  /** Absolute path of the first file. */
  readonly path: string
  /** False when everything was there already. */
  readonly wasFetched: boolean
}

/** Does the work of a download. Rejects with `ServerError`, and with the signal's reason; what came before that stays. */
export interface ModelFetcher {
  fetch(call: FetchCall): Promise<FetchedModel>
  /** As `Downloads.inspect`. */
  inspect(model: string, reference: Reference, signal: AbortSignal): Promise<RemoteModel | undefined>
  /** Bytes that an interrupted attempt left of a file, given by its path in the models folder. */
  bytesOf(name: string): Promise<number>
  /** Takes away what interrupted attempts left, unless another process works on it. */
  discard(names: readonly string[]): Promise<void>
}
