import type { PythonPackageSource } from '../catalog/catalog-entry.ts'

/** What is to be in the models folder in the end, and where it can be had. */
export interface PullTarget {
  /** How errors call it: as it was asked for. */
  readonly name: string
  /** Name by which requests will have it. */
  readonly modelId: string
  /** What it is, for people; and so exactly that the same files are found again. */
  readonly resolved: string
  readonly pinned: string
  /** Paths within the models folder, with slashes; the first one stands for the model. */
  readonly files: readonly string[]
  /** Tried in this order; a remote one has as many files. */
  readonly sources: readonly TargetSource[]
  /** The sum that its only file is known to have. */
  readonly sha256?: string
  /** The sum that whoever asks wants: a file that is there must have it, too. */
  readonly demandedSha256?: string
  readonly licence?: string
}

export type TargetSource =
  | { readonly type: 'remote'; readonly files: readonly RemoteFile[] }
  | { readonly type: 'python-package'; readonly source: PythonPackageSource }

/** A file that can be had over HTTP. */
export interface RemoteFile {
  readonly url: URL
  /** How messages call the place. */
  readonly place: string
  /** Sent as a bearer token, to the host of the URL only. */
  readonly token?: string
  /** A header in place of a token, for that host only. */
  readonly authorization?: string
  /** Of a place that is not the hub: what to do where it refuses, a clause. */
  readonly refused?: string
  /** The sum that the file must have; absent: the one that the hub gives, if it gives one. */
  readonly sha256?: string
  /** Bytes that the file must have. */
  readonly sizeBytes?: number
  /** Bytes that it has, more or less: whether it is worth several connections. */
  readonly aboutBytes?: number
}
