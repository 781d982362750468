import { isIterable } from '../../core/eager-iterator.ts'
import { type ErrorCode, ServerError } from '../../core/errors.ts'
import { type RouteRequest, upstreamRefusals } from '../define-route.ts'
import { endRunning } from '../running/end-running.ts'
import { PeekedEvents } from './peeked-events.ts'

/** A model that may answer. */
interface Candidate {
  readonly name: string
  /** What a route's `handle` gives. */
  ask(): Promise<unknown>
}

export interface TurnCall {
  readonly request: RouteRequest
  readonly first: Candidate
  /** In the order in which they are asked. */
  readonly others: readonly Candidate[]
}

/** Of what providers refuse with: what is about the request. */
const sameAnywhere: ReadonlySet<ErrorCode> = new Set(['ability_missing', 'operation_not_offered', 'upstream_rejected'])

/** What another model may do better. What the client has done wrong it would have done wrong with any. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'model_not_found',
  'model_not_installed',
  'model_unusable',
  'queue_full',
  'runtime_crashed',
  'generation_failed',
  'model_load_failed',
  'model_import_failed',
  'model_unloaded',
  'model_does_not_fit',
  'native_libraries_unusable',
  'gpu_required',
  ...upstreamRefusals.filter((code) => !sameAnywhere.has(code)),
])

/**
 * Asks one model after the other until one answers: with the whole of it, or with its first event. Throws what the first was
 * refused with where no other could do better, and else what the last has failed with. One that cannot take this very
 * request, or that the key may not use, is passed over.
 */
export async function askInTurn({ request, first, others }: TurnCall): Promise<unknown> {
  const { running, services, signal } = request
  let failure: ServerError | undefined
  const candidates = [first, ...others]
  for (const [index, { name, ask }] of candidates.entries()) {
    try {
      const outcome = await ask()
      return isIterable(outcome) ? await PeekedEvents.open(outcome) : outcome
    } catch (error) {
      if (signal.aborted || !(error instanceof ServerError)) throw error
      const isPassing = passing.has(error.code)
      if (!failure && !isPassing) throw error
      if (isPassing) failure = error
      if (index === candidates.length - 1) break
      // Which others there are is no business of a key that may not use them.
      if (error.code === 'key_not_allowed') continue
      if (running.countedAs !== undefined) services.statistics.failed(error.code, running.countedAs, running.share)
      endRunning(running, error, services)
      running.beginAnew(name)
      services.log.info('a model could not answer, and the next one is asked', {
        requestId: running.id,
        model: name,
        code: error.code,
        problem: error.message,
      })
    }
  }
  throw failure ?? new ServerError('internal', { reference: running.id })
}
