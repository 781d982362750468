import type { FinishReason, GenerationRequest, Usage } from '../../core/generation.ts'
import type { SpanFacts } from '../../observe/traces/traces.ts'

/**
 * What a generation is asked for, by OpenTelemetry's semantic conventions of generative AI
 * (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/).
 */
export function requestFacts(
  request: GenerationRequest,
  { model, stream }: { model: string; stream: boolean },
): SpanFacts {
  const { sampling, maxTokens, stop, format } = request
  return {
    'gen_ai.operation.name': operationOf(request),
    'gen_ai.provider.name': 'hearth',
    'gen_ai.request.model': model,
    'gen_ai.request.stream': stream,
    'gen_ai.request.max_tokens': maxTokens,
    'gen_ai.request.temperature': sampling.temperature,
    'gen_ai.request.top_p': sampling.topP,
    'gen_ai.request.top_k': sampling.topK,
    'gen_ai.request.seed': sampling.seed,
    'gen_ai.request.frequency_penalty': sampling.frequencyPenalty,
    'gen_ai.request.presence_penalty': sampling.presencePenalty,
    // Texts of the client's: they are told only as how many they are.
    'hearth.request.stop_sequences': stop.length > 0 ? stop.length : undefined,
    'gen_ai.output.type': format === undefined ? 'text' : format.type.startsWith('json') ? 'json' : 'text',
  }
}

/** What came of it. */
export function answerFacts(
  { model, stream }: { model: string; stream: boolean },
  { usage, reason }: { usage: Usage; reason: FinishReason },
): SpanFacts {
  return {
    'gen_ai.response.model': model,
    'gen_ai.response.finish_reasons': [finishReasons[reason]],
    'gen_ai.usage.input_tokens': usage.promptTokens,
    'gen_ai.usage.output_tokens': usage.completionTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cachedTokens,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens > 0 ? usage.reasoningTokens : undefined,
    'gen_ai.response.time_to_first_chunk': stream ? usage.promptMilliseconds / 1000 : undefined,
    'hearth.usage.draft_tokens': usage.draftedTokens > 0 ? usage.draftedTokens : undefined,
    'hearth.usage.accepted_draft_tokens': usage.draftedTokens > 0 ? usage.acceptedTokens : undefined,
  }
}

/** `chat` or `text_completion`. */
export const operationOf = ({ prompt }: Pick<GenerationRequest, 'prompt'>): string =>
  prompt.type === 'messages' ? 'chat' : 'text_completion'

const finishReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  aborted: 'error',
}
