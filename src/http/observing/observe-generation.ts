import type { GenerationEvent, GenerationRequest } from '../../core/generation.ts'
import type { CountedGenerationCall } from '../counted-generation.ts'
import type { RouteRequest } from '../define-route.ts'
import { TracedGeneration } from './traced-generation.ts'

interface ObservedGeneration extends Pick<RouteRequest, 'services' | 'running'> {
  readonly request: GenerationRequest
  readonly model: string
  readonly toError?: ((error: unknown) => unknown) | undefined
}

/** Whoever hears of a generation besides its reader: what is told of its request, the statistics, and its trace. */
export function observeGeneration(call: ObservedGeneration): Omit<CountedGenerationCall, 'source' | 'signal'> {
  const { services, running, request, model, toError } = call
  const tellsContent = services.limits.current.logsContent
  const traced = TracedGeneration.begin({ running, request, model, tellsContent })
  const note = (event: Exclude<GenerationEvent, { type: 'generation-end' }>) => running.note(event)
  return {
    // For each token: only what is told in full has to hear of it.
    note: traced?.listens
      ? (event) => {
          note(event)
          traced.note(event)
        }
      : note,
    end({ usage, reason }) {
      const { waitMilliseconds = 0, share } = running
      running.used(usage)
      services.statistics.generated({ model, usage, reason, waitMilliseconds, share })
      traced?.end({ usage, reason })
    },
    toError: traced
      ? (error) => {
          traced.fail(error)
          return toError ? toError(error) : error
        }
      : toError,
  }
}
