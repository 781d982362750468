import { type EagerIterator, translate } from '../../core/eager-iterator.ts'
import { Bug } from '../../core/errors.ts'
import type { GenerationEvent, Usage } from '../../core/generation.ts'
import { type ChatShape, chatFinishReason, chatHead } from './chat-answers.ts'
import type { ChatCompletionChunk } from './chat-answers.wire.ts'
import { toChatLogprobs } from './chat-logprobs.ts'
import { type AnswerHead, addChoices, toTimings, toUsage } from './usage.ts'

/** An event of one of several generations that answer the same request. */
export interface NumberedEvent {
  readonly index: number
  readonly event: GenerationEvent
}

type ChunkChoice = ChatCompletionChunk['choices'][number]
type Delta = ChunkChoice['delta']

/**
 * The chunks of a streamed chat answer: the role of each choice, in their order, since some clients put a choice where
 * it first comes; what they say as it comes, and the reason for the end of each; then, when asked for, the usage of all.
 * The first chunk waits for the first event, so that an error before it can still be an answer of its own.
 */
export function toChunks(
  events: AsyncIterable<NumberedEvent>,
  head: AnswerHead,
  shape: ChatShape,
): EagerIterator<ChatCompletionChunk> {
  const beginning = chatHead(head, shape)
  const chunk = (choice: Partial<ChunkChoice> & { index: number }): ChatCompletionChunk => ({
    ...beginning,
    object: 'chat.completion.chunk',
    choices: [{ delta: {}, logprobs: null, finish_reason: null, ...choice }],
    ...(shape.includesUsage && { usage: null }),
  })
  let hasBegun = false
  const used: Usage[] = []
  return translate(events, {
    push({ index, event }) {
      if (event.type === 'prompt-progress') return []
      const chunks: ChatCompletionChunk[] = []
      for (let first = 0; first < shape.choices && !hasBegun; first++)
        chunks.push(chunk({ index: first, delta: { role: 'assistant', content: '', refusal: null } }))
      hasBegun = true
      const delta = toDelta(event, shape)
      if (delta) chunks.push(chunk({ index, delta, ...logprobsOf(event, shape) }))
      if (event.type !== 'generation-end') return chunks
      used[index] = event.usage
      const last = chunk({ index, finish_reason: chatFinishReason(event.reason, shape) })
      chunks.push(shape.includesUsage ? last : { ...last, timings: toTimings(event.usage) })
      return chunks
    },
    end() {
      if (Object.keys(used).length < shape.choices) throw new Bug('A generation stopped without its end event.')
      return shape.includesUsage ? [usageChunk(addChoices(used), head, shape)] : []
    },
  })
}

function toDelta(event: GenerationEvent, { isOldForm, hidesReasoning }: ChatShape): Delta | undefined {
  if (event.type === 'text-delta') return { content: event.text }
  if (event.type === 'reasoning-delta') return hidesReasoning ? undefined : { reasoning_content: event.text }
  if (event.type === 'tool-call-start') {
    const called = { name: event.name, arguments: '' }
    if (isOldForm) return event.index === 0 ? { function_call: called } : undefined
    return { tool_calls: [{ index: event.index, id: event.id, type: 'function', function: called }] }
  }
  if (event.type !== 'tool-call-delta') return undefined
  const called = { arguments: event.arguments }
  if (isOldForm) return event.index === 0 ? { function_call: called } : undefined
  return { tool_calls: [{ index: event.index, function: called }] }
}

const logprobsOf = (event: GenerationEvent, { hasLogprobs }: ChatShape) =>
  hasLogprobs && event.type === 'text-delta' && { logprobs: toChatLogprobs(event.logprobs ?? []) }

const usageChunk = (usage: Usage, head: AnswerHead, shape: ChatShape): ChatCompletionChunk => ({
  ...chatHead(head, shape),
  object: 'chat.completion.chunk',
  choices: [],
  usage: toUsage(usage),
  timings: toTimings(usage),
})
