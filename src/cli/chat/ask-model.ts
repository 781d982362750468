import type { ChatCompletionChunk } from '../../protocol/openai/chat-answers.wire.ts'
import type { HearthClient } from '../client/hearth-client.ts'
import { toRefusal } from '../client/server-refusal.ts'

/** A request for POST /v1/chat/completions, without what makes it a stream. */
export type ChatBody = { readonly messages: readonly ChatTurn[] } & Readonly<Record<string, unknown>>

export interface ChatTurn {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** What an answer is made of, as it comes. */
export type AnswerPiece =
  | { readonly type: 'thinking'; readonly text: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'end'; readonly end: AnswerEnd }

/** What was counted. Milliseconds of the client's clock, from the request on. */
export interface AnswerEnd {
  readonly model: string
  readonly finishReason: string
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly completionTokens: number
  readonly firstMilliseconds: number
  readonly wholeMilliseconds: number
  /** As the model's process counted them. */
  readonly promptMilliseconds?: number
  readonly generationMilliseconds?: number
}

export interface Question {
  readonly client: HearthClient
  readonly body: ChatBody
  readonly signal: AbortSignal
  /** What the server says while the model loads or is busy: `loading 42%`. */
  readonly onWait?: (text: string) => void
}

/** Asks, and gives the answer piece by piece, the end last. Rejects as the client does. */
export async function* askModel({ client, body, signal, onWait }: Question): AsyncGenerator<AnswerPiece> {
  const start = performance.now()
  let first: number | undefined
  let finishReason = 'stop'
  const events = client.events({
    path: '/v1/chat/completions',
    body: { ...body, stream: true, stream_options: { include_usage: true } },
    signal,
    ...(onWait && { onComment: (text) => onWait(text.trim()) }),
  })
  for await (const { data } of events) {
    const refusal = toRefusal(data)
    if (refusal) throw refusal
    const chunk = data as HeardChunk
    const choice = chunk.choices?.[0]
    const { reasoning_content, reasoning, content } = choice?.delta ?? {}
    const thinking = reasoning_content ?? reasoning
    if (thinking || content) first ??= performance.now() - start
    if (thinking) yield { type: 'thinking', text: thinking }
    if (content) yield { type: 'text', text: content }
    finishReason = choice?.finish_reason ?? finishReason
    if (chunk.usage) yield { type: 'end', end: endOf(chunk, { start, first, finishReason }) }
  }
}

type Delta = ChatCompletionChunk['choices'][number]['delta']
type Choice = Omit<ChatCompletionChunk['choices'][number], 'delta'>

/** A chunk as other servers may send it, whose models answer through ours: not with all that ours has. `reasoning`: as vLLM and Ollama call it. */
type HeardChunk = Partial<Omit<ChatCompletionChunk, 'choices' | 'usage'>> & {
  readonly choices?: readonly (Choice & { readonly delta?: Delta & { readonly reasoning?: string | null } })[]
  readonly usage?: Partial<NonNullable<ChatCompletionChunk['usage']>> | null
}

function endOf(
  { model = '', usage, timings }: HeardChunk,
  facts: { start: number; first: number | undefined; finishReason: string },
): AnswerEnd {
  const wholeMilliseconds = performance.now() - facts.start
  return {
    model,
    finishReason: facts.finishReason,
    promptTokens: usage?.prompt_tokens ?? 0,
    cachedTokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
    firstMilliseconds: facts.first ?? wholeMilliseconds,
    wholeMilliseconds,
    ...(timings && { promptMilliseconds: timings.prompt_ms, generationMilliseconds: timings.predicted_ms }),
  }
}
