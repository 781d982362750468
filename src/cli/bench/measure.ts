import type { EmbeddingReply } from '../../protocol/openai/embeddings.wire.ts'
import { type AnswerEnd, askModel } from '../chat/ask-model.ts'
import type { HearthClient } from '../client/hearth-client.ts'
import { CommandError } from '../command-error.ts'
import { madeUpText } from './made-up-text.ts'

export interface BenchCall {
  readonly client: HearthClient
  readonly model: string
  readonly promptTokens: number
  readonly answerTokens: number
  readonly signal: AbortSignal
}

/** Of a model that answers. All together: tokens of every request, over one time for all of them. */
export interface ChatFigures {
  readonly requests: number
  readonly prompt_tokens: number
  /** Until the last request had its first token. */
  readonly reading_tokens_per_second: number
  readonly first_token_ms: { readonly median: number; readonly slowest: number }
  readonly generated_tokens: number
  /** From the first token of any request until the last request was done. */
  readonly generating_tokens_per_second: number
  /** Median of the single requests, from their first token on. */
  readonly generating_tokens_per_second_each: number
}

export interface EmbeddingFigures {
  readonly requests: number
  readonly texts_per_second: number
  readonly tokens_per_second: number
  readonly slowest_ms: number
}

export type Figures = ChatFigures | EmbeddingFigures

/** Texts in one request to an embedding model, and tokens of each, about. */
export const textsAtOnce = 16
export const tokensOfText = 64

/**
 * Loads the model and has it do everything that is measured, for as many requests at once as will be: nothing is done
 * for the first time later.
 */
export async function warmUp(call: BenchCall, { kind, requests }: { kind: string; requests: number }): Promise<void> {
  const { promptTokens, answerTokens } = call
  const few = { promptTokens: Math.min(64, promptTokens), answerTokens: Math.min(16, answerTokens) }
  await together<unknown>(requests, () => (kind === 'embedding' ? embed(call) : ask(call, few)))
}

/** First prompts alone, answered with one token; then answers to short prompts. */
export async function measureChat(call: BenchCall, requests: number): Promise<ChatFigures> {
  const { promptTokens, answerTokens } = call
  const read = await together(requests, () => ask(call, { promptTokens, answerTokens: 1 }))
  const written = await together(requests, () => ask(call, { promptTokens: Math.min(16, promptTokens), answerTokens }))
  const firsts = read.ends.map(({ firstMilliseconds }) => firstMilliseconds)
  const readTokens = sum(read.ends.map(({ promptTokens: all, cachedTokens }) => all - cachedTokens))
  const generated = sum(written.ends.map(({ completionTokens }) => completionTokens))
  return {
    requests,
    prompt_tokens: readTokens,
    reading_tokens_per_second: perSecond(readTokens, read.milliseconds),
    first_token_ms: { median: median(firsts), slowest: Math.max(...firsts) },
    generated_tokens: generated,
    generating_tokens_per_second: jointSpeed(written.ends),
    generating_tokens_per_second_each: median(written.ends.map(ownSpeed)),
  }
}

export async function measureEmbedding(call: BenchCall, requests: number): Promise<EmbeddingFigures> {
  const { ends, milliseconds } = await together(requests, () => embed(call))
  return {
    requests,
    texts_per_second: perSecond(requests * textsAtOnce, milliseconds),
    tokens_per_second: perSecond(sum(ends.map(({ tokens }) => tokens)), milliseconds),
    slowest_ms: Math.max(...ends.map((end) => end.milliseconds)),
  }
}

async function together<End>(
  requests: number,
  send: () => Promise<End>,
): Promise<{ ends: End[]; milliseconds: number }> {
  const start = performance.now()
  const ends = await Promise.all(Array.from({ length: requests }, send))
  return { ends, milliseconds: performance.now() - start }
}

/** Likeliest tokens only: the same work each time. */
async function ask(
  { client, model, signal }: BenchCall,
  { promptTokens, answerTokens }: Pick<BenchCall, 'promptTokens' | 'answerTokens'>,
): Promise<AnswerEnd> {
  const content = `${madeUpText(promptTokens)}\nTell a long story with many people in it.`
  const body = {
    model,
    messages: [{ role: 'user' as const, content }],
    max_tokens: answerTokens,
    temperature: 0,
    enable_thinking: false,
  }
  for await (const piece of askModel({ client, body, signal })) if (piece.type === 'end') return piece.end
  throw new CommandError('The server ended an answer without its figures.', 'Its log says more.')
}

async function embed({ client, model, signal }: BenchCall): Promise<{ tokens: number; milliseconds: number }> {
  const input = Array.from({ length: textsAtOnce }, () => madeUpText(tokensOfText))
  const start = performance.now()
  const path = '/v1/embeddings'
  const { usage } = await client.json<EmbeddingReply>({ path, body: { model, input, truncate: true }, signal })
  return { tokens: usage.prompt_tokens, milliseconds: performance.now() - start }
}

/** From the first token to the last one, where there are two. */
function ownSpeed({ completionTokens, firstMilliseconds, wholeMilliseconds }: AnswerEnd): number {
  return perSecond(completionTokens - 1, wholeMilliseconds - firstMilliseconds)
}

/** All requests begin at once. One alone has its own speed. */
export function jointSpeed(ends: readonly AnswerEnd[]): number {
  const first = Math.min(...ends.map(({ firstMilliseconds }) => firstMilliseconds))
  const last = Math.max(...ends.map(({ wholeMilliseconds }) => wholeMilliseconds))
  return perSecond(sum(ends.map(({ completionTokens }) => completionTokens)) - 1, last - first)
}

const perSecond = (count: number, milliseconds: number) => (milliseconds > 0 ? (count / milliseconds) * 1000 : 0)
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}
