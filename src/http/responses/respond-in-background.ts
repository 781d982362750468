import { messageOf, ServerError } from '../../core/errors.ts'
import type { GenerationEvent } from '../../core/generation.ts'
import type { ResponseEvent } from '../../protocol/openai/responses/events.wire.ts'
import type { Waiting } from '../leased-generation.ts'
import { endRunning } from '../running/end-running.ts'
import { RunningRequest } from '../running/running-request.ts'
import type { Services } from '../services.ts'
import type { BackgroundResponse } from './background-responses.ts'
import { keepResponse, type PreparedResponse, updateResponse } from './prepare-response.ts'
import { generateResponse, knownError } from './respond.ts'

/** Who pays for a response that nobody waits for, and whose trace tells of it. */
interface Asker extends Pick<Waiting, 'services' | 'share'> {
  readonly running: Pick<RunningRequest, 'trace'>
}

/**
 * Begins a response that is made whether or not anybody waits for it, and keeps it as it stands: queued, in progress,
 * done. Throws `too_many_background` and `store_unavailable`, and has begun nothing then.
 */
export function respondInBackground(prepared: PreparedResponse, asker: Asker): BackgroundResponse {
  const { services } = asker
  const { machine } = prepared
  services.background.check(prepared.model.id)
  keepResponse(prepared, 'running', services)
  const { id } = machine.response
  return services.background.start({
    id,
    model: prepared.model.id,
    response: () => machine.response,
    run: (signal) => runListed(prepared, asker, signal),
    settle: (events) =>
      attempt(services, id, () => {
        updateResponse(prepared, 'done', services)
        services.responses.keepEvents(id, events.map((event) => JSON.stringify(event)).join('\n'))
      }),
  })
}

/** The events of a response that was made in the background, as they were kept. */
export const readKeptEvents = (text: string): readonly ResponseEvent[] =>
  text.split('\n').map((line) => JSON.parse(line) as ResponseEvent)

/** As a request of the response's name, which can be stopped as one that somebody waits for. */
async function* runListed(
  prepared: PreparedResponse,
  { services, share, running: { trace } }: Asker,
  cancelled: AbortSignal,
): AsyncGenerator<ResponseEvent> {
  const stopping = new AbortController()
  const running = new RunningRequest({
    id: prepared.machine.response.id,
    operation: 'openai.createResponse',
    share,
    startedAt: services.now(),
    stop: (reason) => stopping.abort(reason),
  })
  // The request that began it is over soon; what is below its span may end later.
  running.trace = trace
  const signal = AbortSignal.any([cancelled, stopping.signal])
  try {
    yield* run(prepared, { services, share, running, signal })
  } finally {
    endRunning(running, running.failure, services)
  }
}

async function* run(prepared: PreparedResponse, waiting: Waiting): AsyncGenerator<ResponseEvent> {
  const { machine } = prepared
  const { services, signal, running } = waiting
  const { id } = machine.response
  let isBegun = false
  try {
    yield* machine.create()
    for await (const event of patiently(prepared, waiting)) {
      if (!isBegun) {
        isBegun = true
        yield* machine.start()
        attempt(services, id, () => updateResponse(prepared, 'running', services))
      }
      yield* machine.push(event)
    }
  } catch (error) {
    const isCancelled = signal.aborted && !(signal.reason instanceof ServerError)
    const why = signal.aborted ? signal.reason : error
    const known = isCancelled ? new ServerError('request_cancelled', {}) : knownError(why, id, services)
    running.failure = known
    services.statistics.failed(known.code, running.model, running.share)
    if (isCancelled) return yield* machine.cancel()
    yield* machine.fail(known)
  }
}

/** Nobody waits at a connection, so a full queue is no reason to give up. */
async function* patiently(prepared: PreparedResponse, waiting: Waiting): AsyncGenerator<GenerationEvent> {
  for (;;) {
    try {
      return yield* generateResponse(prepared, waiting)
    } catch (error) {
      if (!(error instanceof ServerError) || error.code !== 'queue_full') throw error
      await pause((error.retryAfterSeconds ?? 1) * 1000, waiting.signal)
    }
  }
}

/** Rejects with the signal's reason once it aborts. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds)
    const leave = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
  })
}

function attempt({ log }: Services, response: string, work: () => void): boolean {
  try {
    work()
    return true
  } catch (error) {
    log.warn('a response in the background could not be kept', { response, problem: messageOf(error) })
    return false
  }
}
