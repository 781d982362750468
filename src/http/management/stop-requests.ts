import type { StopReply } from '../../protocol/management/requests.wire.ts'
import type { RunningRequest } from '../running/running-request.ts'
import type { Services } from '../services.ts'

/** Ends the requests that are meant, and answers which they were. */
export function stopRequests(
  isMeant: (request: RunningRequest) => boolean,
  { requests }: Pick<Services, 'requests'>,
): StopReply {
  const stopped = requests.stop(isMeant)
  return {
    stopped: stopped.length,
    requests: stopped.map(({ id, operation, model = '' }) => ({ id, operation, model })),
  }
}
