import type { ServerError } from '../../core/errors.ts'
import type { RequestEnd } from '../../observe/tally.ts'
import type { Services } from '../services.ts'
import type { RunningRequest } from './running-request.ts'

/** Ends the listing of a request, and counts how it ended: with this error, or well. Only the first call counts. */
export function endRunning(
  running: RunningRequest,
  error: ServerError | undefined,
  { statistics }: Pick<Services, 'statistics'>,
): void {
  const { countedAs: model, task, share } = running
  // Loads are listed, and are no requests to a model.
  if (!running.end() || model === undefined || task === undefined || task === 'load') return
  statistics.ended({ model, task, share, outcome: endOf(error), milliseconds: running.ageMilliseconds() })
}

/** 499 is the status of what nobody waits for any more, be it that the client left or that it was stopped here. */
const endOf = (error: ServerError | undefined): RequestEnd =>
  error === undefined ? 'completed' : error.status === 499 ? 'cancelled' : 'failed'
