import process from 'node:process'
import { ServerError } from '../../core/errors.ts'
import { size } from '../../models/pull/human-units.ts'
import { CommandError } from '../command-error.ts'

/**
 * What to do where the folder of NVIDIA's runtime cannot be changed, as a `CommandError`; anything else as it is. Elsewhere the
 * same errors speak of the folder of models.
 */
export function explainFailure(error: unknown, folder: string, platform: string = process.platform): unknown {
  if (error instanceof ServerError && error.code === 'disk_full') {
    const { needBytes, freeBytes, reserveBytes = 0 } = (error as ServerError<'disk_full'>).facts
    const need = needBytes > 0 ? `, and ${size(needBytes + reserveBytes)} are needed` : ''
    const hint = 'Make room, or set HEARTH_HOME to a folder on another disk.'
    return new CommandError(`The disk of ${folder} has ${size(freeBytes)} free${need}.`, hint, { cause: error })
  }
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  if (platform === 'win32' && (code === 'EPERM' || code === 'EBUSY' || code === 'EACCES')) {
    const hint = 'End servers and commands that run models on the GPU, and try again.'
    return new CommandError(`What lies in ${folder} is in use, or may not be changed (${code}).`, hint, {
      cause: error,
    })
  }
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    const hint = 'Do it as the user whom the folder belongs to, or set HEARTH_HOME to one that can be written.'
    return new CommandError(`${folder} cannot be written (${code}).`, hint, { cause: error })
  }
  return error
}
