import { Type as t } from '@sinclair/typebox'
import { type EagerIterator, openLate } from '../../../core/eager-iterator.ts'
import { fromWholes, toShape } from '../../../protocol/openai/chat-answers.ts'
import { ChatCompletionChunk, ChatCompletionReply } from '../../../protocol/openai/chat-answers.wire.ts'
import { toChunks } from '../../../protocol/openai/chat-chunks.ts'
import { toGeneration } from '../../../protocol/openai/chat-completions.ts'
import { ChatCompletionRequest } from '../../../protocol/openai/chat-completions.wire.ts'
import { toKeepAlive } from '../../../protocol/openai/keep-alive.ts'
import { toFormat } from '../../../protocol/openai/output-format.ts'
import { withAnswerNumber } from '../../../protocol/openai/sampling.ts'
import { toClientParam } from '../../../protocol/openai/token-limit.ts'
import { answerHead } from '../../answer-head.ts'
import { defineRoute, type RouteRequest } from '../../define-route.ts'
import type { LaneEvent } from '../../lanes.ts'
import { generateAll } from '../../leased-generation.ts'
import { readWholes } from '../../read-wholes.ts'
import { chatDescription } from './create-chat-completion.description.ts'
import { chatExamples, chatRefusals } from './create-chat-completion.examples.ts'

type Call = RouteRequest<unknown, unknown, ChatCompletionRequest>

export default defineRoute({
  method: 'POST',
  path: '/v1/chat/completions',
  operationId: 'openai.createChatCompletion',
  summary: 'Answer a conversation',
  description: chatDescription,
  params: t.Object({}),
  query: t.Object({}),
  body: ChatCompletionRequest,
  reply: ChatCompletionReply,
  upstream: { ability: 'chat', path: 'chat/completions' },
  event: ChatCompletionChunk,
  examples: chatExamples,
  refusals: chatRefusals,
  handle: (call) => (call.body.stream ? streamed(call) : whole(call)),
})

async function whole(call: Call): Promise<ChatCompletionReply> {
  const { events, head } = await begin(call)
  return fromWholes(await readWholes(events), head, toShape(call.body))
}

const streamed = (call: Call): EagerIterator<ChatCompletionChunk> =>
  openLate(async () => {
    const { events, head } = await begin(call)
    return toChunks(events, head, toShape(call.body))
  })

async function begin(call: Call): Promise<{ events: AsyncIterable<LaneEvent>; head: ReturnType<typeof answerHead> }> {
  const { body, services } = call
  const model = await services.models.find(body.model ?? undefined, 'chat')
  const request = toGeneration(body, model)
  const requests = Array.from({ length: body.n ?? 1 }, (_, number) => withAnswerNumber(request, number))
  const keepAliveSeconds = toKeepAlive(body)
  const formatParam = toFormat(body)?.param
  const paramName = (param: string) => toClientParam(param, body, formatParam)
  return {
    events: generateAll(
      requests,
      {
        model,
        isWatched: body.stream === true,
        paramName,
        ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
      },
      call,
    ),
    head: answerHead('chatcmpl-', model, services),
  }
}
