import { type EagerIterator, openLate, translate } from '../../core/eager-iterator.ts'
import { Bug, messageOf, ServerError } from '../../core/errors.ts'
import type { GenerationEvent } from '../../core/generation.ts'
import type { ResponseEvent } from '../../protocol/openai/responses/events.wire.ts'
import type { ResponseObject } from '../../protocol/openai/responses/response.wire.ts'
import { generateWith, leaseFor, type Waiting } from '../leased-generation.ts'
import type { Services } from '../services.ts'
import { inWordsOfResponses } from './error-words.ts'
import { keepResponse, type PreparedResponse } from './prepare-response.ts'

/** Makes a response and gives the whole of it. Throws what the engine and the generation throw. */
export async function respondWhole(prepared: PreparedResponse, waiting: Waiting): Promise<ResponseObject> {
  for await (const event of generateResponse(prepared, waiting)) {
    prepared.machine.push(event)
    if (event.type === 'generation-end') return finish(prepared, waiting)
  }
  throw new Bug('A generation stopped without its end event.')
}

/**
 * Makes a response and tells its events. What goes wrong before the model has taken the request is thrown, so that it
 * can be an answer of its own; what goes wrong later is the last event.
 */
export function respondStreamed(prepared: PreparedResponse, waiting: Waiting): EagerIterator<ResponseEvent> {
  const { machine } = prepared
  let told = 0
  const fail = (error: unknown): readonly ResponseEvent[] => {
    if (told === 0 || hasLeft(waiting.signal)) throw error
    const known = knownError(error, machine.response.id, waiting.services)
    waiting.running.failure = known
    const failed = machine.fail(known)
    keepFailed(prepared, waiting)
    // An end that could not be kept was never told, and this one takes its number.
    return failed.map((event) => ({ ...event, sequence_number: told }))
  }
  const beforeLast = (events: readonly ResponseEvent[]) => {
    told += events.length - 1
    return events.slice(0, -1)
  }
  return translate(generateResponse(prepared, waiting), {
    push(event) {
      const begin = told === 0 ? [...machine.create(), ...machine.start()] : []
      const events = [...begin, ...machine.push(event)]
      if (event.type === 'generation-end') {
        try {
          // Whoever has heard of the end may ask for the response at once.
          finish(prepared, waiting)
        } catch (error) {
          return [...beforeLast(events), ...fail(error)]
        }
      }
      told += events.length
      return events
    },
    recover: fail,
  })
}

/** The generation of a response. Errors name the parameters of responses; one that was aborted throws. */
export function generateResponse(
  { model, keepAliveSeconds, request }: PreparedResponse,
  waiting: Waiting,
): EagerIterator<GenerationEvent> {
  const recover = (error: unknown): never => {
    throw inWordsOfResponses(error)
  }
  return openLate(async () => {
    const kept = keepAliveSeconds !== undefined && { keepAliveSeconds }
    const lease = await leaseFor({ kind: 'chat', model, ...kept }, waiting).catch(recover)
    try {
      return translate(generateWith(lease.model, request, waiting), {
        push(event) {
          if (event.type === 'generation-end' && event.reason === 'aborted')
            throw hasLeft(waiting.signal) ? new ServerError('request_cancelled', {}) : whyEnded(waiting.signal)
          return [event]
        },
        recover,
        close: () => lease[Symbol.dispose](),
      })
    } catch (error) {
      lease[Symbol.dispose]()
      return recover(error)
    }
  })
}

/** Whether the client has left; a request that is stopped still has a client, who is told why. */
const hasLeft = (signal: AbortSignal): boolean => signal.aborted && !(signal.reason instanceof ServerError)

const whyEnded = (signal: AbortSignal): ServerError =>
  signal.reason instanceof ServerError ? signal.reason : new ServerError('shutting_down', {})

function finish(prepared: PreparedResponse, { services }: Waiting): ResponseObject {
  if (prepared.isKept) keepResponse(prepared, 'done', services)
  return prepared.machine.response
}

function keepFailed(prepared: PreparedResponse, { services }: Waiting): void {
  try {
    if (prepared.isKept) keepResponse(prepared, 'done', services)
  } catch (error) {
    services.log.warn('a response that failed could not be kept', { problem: messageOf(error) })
  }
}

/** What went wrong, for a client. What has no row in the catalog is told to the log only. */
export function knownError(error: unknown, id: string, { log }: Services): ServerError {
  const known = error instanceof ServerError ? error : new ServerError('internal', { reference: id })
  if (known.status < 500) return known
  const cause = known === error ? known.cause : error
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : cause
  log.warn(known.message, { response: id, code: known.code, ...(text !== undefined && { cause: String(text) }) })
  return known
}
