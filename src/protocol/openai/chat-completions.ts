import { Bug, ServerError } from '../../core/errors.ts'
import type { ChatMessage, GenerationEvent, GenerationRequest } from '../../core/generation.ts'
import type { GenerationDefaults } from '../../core/model.ts'
import type { ChatCompletionChunk, ChatCompletionReply, ChatCompletionRequest } from './chat-completions.wire.ts'
import { toGenerationOptions } from './sampling.ts'
import { refuseUnsupported, unsupportedInChat, unsupportedInMessages } from './unsupported.ts'
import { type AnswerHead, toFinishReason, toTimings, toUsage } from './usage.ts'
import type { WholeText } from './whole-text.ts'

/** A chat request in our vocabulary. Throws `unsupported_parameter` and `invalid_parameter`. */
export function toGeneration(body: ChatCompletionRequest, defaults: GenerationDefaults): GenerationRequest {
  refuseUnsupported(body, unsupportedInChat)
  const limit = body.max_completion_tokens ?? body.max_tokens ?? null
  return {
    prompt: { type: 'messages', messages: body.messages.map(toMessage) },
    ...toGenerationOptions({ ...body, max_tokens: limit }, defaults),
  }
}

function toMessage(message: ChatCompletionRequest['messages'][number], index: number): ChatMessage {
  const { role, content, name } = message
  refuseUnsupported(message, unsupportedInMessages, `messages[${index}].`)
  if ((content === null || content === undefined) && role !== 'assistant')
    throw new ServerError('invalid_parameter', {
      param: `messages[${index}].content`,
      problem: `a message of the role '${role}' must have a content, a string or a list of text parts`,
    })
  const text = typeof content === 'string' ? content : (content ?? []).map((part) => part.text).join('')
  return { role, content: text, ...(typeof name === 'string' && { name }) }
}

/** The whole answer to an unstreamed chat request. */
export function fromWhole(whole: WholeText, head: AnswerHead): ChatCompletionReply {
  return {
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    system_fingerprint: head.fingerprint,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: whole.text, refusal: null },
        logprobs: null,
        finish_reason: toFinishReason(whole.reason),
      },
    ],
    usage: toUsage(whole.usage),
    timings: toTimings(whole.usage),
  }
}

type ChunkChoice = ChatCompletionChunk['choices'][number]

/**
 * The chunks of a streamed chat answer: the role, the text as it comes, the reason for the end and, when asked for, the
 * usage. The first chunk waits for the first event, so that an error before it can still be an answer of its own.
 */
export async function* toChunks(
  events: AsyncIterable<GenerationEvent>,
  head: AnswerHead,
  includeUsage: boolean,
): AsyncGenerator<ChatCompletionChunk> {
  const chunk = (choice: Pick<ChunkChoice, 'delta' | 'finish_reason'>): ChatCompletionChunk => ({
    ...chunkHead(head),
    choices: [{ index: 0, delta: choice.delta, logprobs: null, finish_reason: choice.finish_reason }],
    ...(includeUsage && { usage: null }),
  })
  let started = false
  for await (const event of events) {
    if (event.type === 'prompt-progress') continue
    if (!started) yield chunk({ delta: { role: 'assistant', content: '', refusal: null }, finish_reason: null })
    started = true
    if (event.type === 'text-delta') yield chunk({ delta: { content: event.text }, finish_reason: null })
    if (event.type !== 'generation-end') continue
    const last = chunk({ delta: {}, finish_reason: toFinishReason(event.reason) })
    const timings = toTimings(event.usage)
    yield includeUsage ? last : { ...last, timings }
    if (includeUsage) yield { ...chunkHead(head), choices: [], usage: toUsage(event.usage), timings }
    return
  }
  throw new Bug('A generation stopped without its end event.')
}

const chunkHead = (head: AnswerHead) => ({
  id: head.id,
  object: 'chat.completion.chunk' as const,
  created: head.created,
  model: head.model,
  system_fingerprint: head.fingerprint,
})
