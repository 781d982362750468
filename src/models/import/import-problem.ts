import { ServerError } from '../../core/errors.ts'

/** The error for a folder that cannot be turned into a model: which file or field, what was found, what is needed. */
export function importProblem(folder: string, problem: string, cause?: unknown): ServerError<'model_import_failed'> {
  return new ServerError('model_import_failed', { folder, problem }, cause === undefined ? {} : { cause })
}
