import type { TextsRecord } from '../../observe/tally.ts'
import type { RouteRequest } from '../define-route.ts'

/** Texts that a model has read, since then by `performance.now()`. */
interface ReadTexts extends Omit<TextsRecord, 'milliseconds' | 'share'> {
  readonly began: number
  readonly dimensions?: number | undefined
}

/** Counts texts that were embedded or ranked, and tells of them in the trace of their request. */
export function tellTexts(
  { services, share, running }: Pick<RouteRequest, 'services' | 'share' | 'running'>,
  { began, dimensions, ...record }: ReadTexts,
): void {
  const ended = performance.now()
  running.used({ promptTokens: record.tokens, completionTokens: 0 })
  services.statistics.read({ ...record, share, milliseconds: ended - began })
  const { model, task, tokens, texts } = record
  const operation = task === 'embedding' ? 'embeddings' : 'rerank'
  running.trace?.tell({
    name: `${operation} ${model}`,
    began,
    ended,
    facts: {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': 'hearth',
      'gen_ai.request.model': model,
      'gen_ai.response.model': model,
      'gen_ai.usage.input_tokens': tokens,
      'gen_ai.embeddings.dimension.count': dimensions,
      'hearth.request.texts': texts,
    },
  })
}
