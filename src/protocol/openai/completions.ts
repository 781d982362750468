import { Bug } from '../../core/errors.ts'
import type { GenerationEvent, GenerationRequest, Prompt, Usage } from '../../core/generation.ts'
import type { GenerationDefaults } from '../../core/model.ts'
import type { CompletionChunk, CompletionReply, CompletionRequest } from './completions.wire.ts'
import { toGenerationOptions } from './sampling.ts'
import { refuseUnsupported, unsupportedInCompletions } from './unsupported.ts'
import { type AnswerHead, addUsage, toFinishReason, toTimings, toUsage } from './usage.ts'
import type { WholeText } from './whole-text.ts'

/** One generation for each prompt of a text completion, in their order. Throws `unsupported_parameter`. */
export function toGenerations(body: CompletionRequest, defaults: GenerationDefaults): readonly GenerationRequest[] {
  refuseUnsupported(body, unsupportedInCompletions)
  const options = toGenerationOptions(body, defaults)
  return toPrompts(body.prompt).map((prompt) => ({ prompt, ...options }))
}

function toPrompts(prompt: CompletionRequest['prompt']): readonly Prompt[] {
  if (typeof prompt === 'string') return [{ type: 'text', text: prompt }]
  const tokens = prompt.filter((item) => typeof item === 'number')
  if (tokens.length > 0) return [{ type: 'tokens', tokens }]
  return prompt.map((item) => {
    if (typeof item === 'number') throw new Bug('Token ids beside other prompts passed the schema.')
    return typeof item === 'string' ? { type: 'text', text: item } : { type: 'tokens', tokens: item }
  })
}

/** The whole answer to an unstreamed text completion: one choice for each prompt, in their order. */
export function fromWholes(wholes: readonly WholeText[], head: AnswerHead): CompletionReply {
  const usage = addUsage(wholes.map((whole) => whole.usage))
  return {
    ...answerHead(head),
    choices: wholes.map(({ text, reason }, index) => ({
      index,
      text,
      logprobs: null,
      finish_reason: toFinishReason(reason),
    })),
    usage: toUsage(usage),
    timings: toTimings(usage),
  }
}

type ChunkChoice = CompletionChunk['choices'][number]

/**
 * The chunks of a streamed text completion: prompt after prompt, each with its text as it comes and the reason for its
 * end, then, when asked for, the usage of all.
 */
export async function* toChunks(
  generations: AsyncIterable<AsyncIterable<GenerationEvent>>,
  head: AnswerHead,
  includeUsage: boolean,
): AsyncGenerator<CompletionChunk> {
  const chunk = (choice: Omit<ChunkChoice, 'logprobs'>): CompletionChunk => ({
    ...answerHead(head),
    choices: [{ index: choice.index, text: choice.text, logprobs: null, finish_reason: choice.finish_reason }],
    ...(includeUsage && { usage: null }),
  })
  const used: Usage[] = []
  for await (const events of generations) {
    const index = used.length
    for await (const event of events) {
      if (event.type === 'text-delta') yield chunk({ index, text: event.text, finish_reason: null })
      if (event.type !== 'generation-end') continue
      used.push(event.usage)
      yield chunk({ index, text: '', finish_reason: toFinishReason(event.reason) })
    }
    if (used.length !== index + 1) throw new Bug('A generation stopped without its end event.')
  }
  const usage = addUsage(used)
  if (includeUsage) yield { ...answerHead(head), choices: [], usage: toUsage(usage), timings: toTimings(usage) }
}

const answerHead = (head: AnswerHead) => ({
  id: head.id,
  object: 'text_completion' as const,
  created: head.created,
  model: head.model,
  system_fingerprint: head.fingerprint,
})
