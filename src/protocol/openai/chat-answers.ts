import type { ChatCompletionReply } from './chat-answers.wire.ts'
import type { ChatCompletionRequest } from './chat-completions.wire.ts'
import { toChatLogprobs } from './chat-logprobs.ts'
import { usesOldForm } from './chat-tools.ts'
import { hidesReasoning } from './reasoning.ts'
import { type AnswerHead, addChoices, toFinishReason, toTimings, toUsage } from './usage.ts'
import type { WholeAnswer } from './whole-answer.ts'

/** What a request says of the form of its answer. */
export interface ChatShape {
  readonly choices: number
  /** Calls are told as `function_call`. */
  readonly isOldForm: boolean
  readonly hasLogprobs: boolean
  readonly hidesReasoning: boolean
  readonly hasTier: boolean
  readonly includesUsage: boolean
  readonly metadata?: Readonly<Record<string, string>>
}

/** Reads the form of the answer from a request. */
export const toShape = (body: ChatCompletionRequest): ChatShape => ({
  choices: body.n ?? 1,
  isOldForm: usesOldForm(body),
  hasLogprobs: body.logprobs === true,
  hidesReasoning: hidesReasoning(body),
  hasTier: typeof body.service_tier === 'string',
  includesUsage: body.stream_options?.include_usage === true,
  ...(body.metadata && { metadata: body.metadata }),
})

/** The whole answer to an unstreamed chat request: one choice for each generation, in their order. */
export function fromWholes(wholes: readonly WholeAnswer[], head: AnswerHead, shape: ChatShape): ChatCompletionReply {
  const usage = addChoices(wholes.map((whole) => whole.usage))
  return {
    ...chatHead(head, shape),
    object: 'chat.completion',
    ...(shape.metadata && { metadata: { ...shape.metadata } }),
    choices: wholes.map((whole, index) => ({
      index,
      message: toMessage(whole, shape),
      logprobs: shape.hasLogprobs ? toChatLogprobs(whole.logprobs) : null,
      finish_reason: chatFinishReason(whole.reason, shape),
    })),
    usage: toUsage(usage),
    timings: toTimings(usage),
  }
}

function toMessage(
  { text, reasoning, calls }: WholeAnswer,
  shape: ChatShape,
): ChatCompletionReply['choices'][number]['message'] {
  const [first] = calls
  const functions = calls.map(({ name, arguments: text }) => ({ name, arguments: text }))
  return {
    role: 'assistant',
    content: text === '' && first ? null : text,
    refusal: null,
    ...(reasoning !== '' && !shape.hidesReasoning && { reasoning_content: reasoning }),
    ...(first && !shape.isOldForm && { tool_calls: calls.map(({ id }, at) => toCall(id, functions[at])) }),
    ...(functions[0] && shape.isOldForm && { function_call: functions[0] }),
  }
}

const toCall = (id: string, called = { name: '', arguments: '' }) => ({
  id,
  type: 'function' as const,
  function: called,
})

/** What a whole answer and each chunk of a streamed one begin with. */
export const chatHead = (head: AnswerHead, shape: ChatShape) => ({
  id: head.id,
  created: head.created,
  model: head.model,
  system_fingerprint: head.fingerprint,
  ...(shape.hasTier && { service_tier: 'default' as const }),
})

/** Throws `request_cancelled` for an aborted generation. */
export function chatFinishReason(reason: WholeAnswer['reason'], { isOldForm }: ChatShape) {
  const finish = toFinishReason(reason)
  return finish === 'tool_calls' && isOldForm ? 'function_call' : finish
}
