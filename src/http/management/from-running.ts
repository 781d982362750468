import type { RunningRequest as Wire } from '../../protocol/management/requests.wire.ts'
import type { RunningRequest } from '../running/running-request.ts'

/** A request as GET /v1/requests shows it; `now`: milliseconds since 1970. */
export function fromRunning(request: RunningRequest, now: number): Wire {
  const { state, waitMilliseconds } = request
  return {
    id: request.id,
    operation: request.operation,
    task: request.task ?? 'generation',
    model: request.model ?? '',
    share: request.share,
    state: state.type,
    ...(state.type === 'queued' && { queue_position: state.position }),
    ...(state.type === 'loading' && { progress: state.fraction }),
    ...(state.type === 'reading' && state.done !== undefined && { read_tokens: state.done }),
    ...(state.type === 'reading' && state.total !== undefined && { prompt_tokens: state.total }),
    ...(request.pieces !== undefined && { pieces: request.pieces }),
    ...(waitMilliseconds !== undefined && { wait_seconds: Math.round(waitMilliseconds) / 1000 }),
    age_seconds: Math.max(0, now - request.startedAt) / 1000,
  }
}
