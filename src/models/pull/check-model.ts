import type { ServerError } from '../../core/errors.ts'
import type { ModelHeader } from '../../core/model.ts'

/** A model, as far as its head and its size tell. */
export interface ModelFacts {
  /** How errors call it. */
  readonly name: string
  /** The bytes of tensors are those of all files. */
  readonly header: ModelHeader
  /** Of all files. */
  readonly fileBytes: number
}

/**
 * What speaks against fetching a model: `model_incompatible` where this build cannot run it, `model_too_large` where this
 * machine has too little memory for it, whatever else ran. Undefined: nothing.
 */
export type CheckModel = (model: ModelFacts) => Promise<ServerError | undefined>

/** With the bytes that the other files of the model add. */
export function withAllFiles(header: ModelHeader, firstFileBytes: number, fileBytes: number): ModelHeader {
  return { ...header, tensorBytes: header.tensorBytes + Math.max(0, fileBytes - firstFileBytes) }
}
