import { Type as t } from '@sinclair/typebox'
import { type EagerIterator, openLate } from '../../../core/eager-iterator.ts'
import { toTextJobs } from '../../../protocol/openai/completions.ts'
import { CompletionChunk, CompletionReply, CompletionRequest } from '../../../protocol/openai/completions.wire.ts'
import { idleInCompletions, listNames, refusedInCompletions } from '../../../protocol/openai/extensions.ts'
import { toKeepAlive } from '../../../protocol/openai/keep-alive.ts'
import { fromTexts, toTextChunks, toTextShape } from '../../../protocol/openai/text-answers.ts'
import { toClientParam } from '../../../protocol/openai/token-limit.ts'
import { answerHead } from '../../answer-head.ts'
import { defineRoute, type RouteRequest } from '../../define-route.ts'
import { generateAll } from '../../leased-generation.ts'
import { readWholes } from '../../read-wholes.ts'
import { completionExamples, completionRefusals } from './create-completion.examples.ts'

type Call = RouteRequest<unknown, unknown, CompletionRequest>

export default defineRoute({
  method: 'POST',
  path: '/v1/completions',
  operationId: 'openai.createCompletion',
  summary: 'Continue a text',
  description: `Continues a text, or several, without a chat template, whole or as server-sent events.

Without \`max_tokens\` the server's configured limit holds, and without that the answer goes on up to the end of the
context, where OpenAI would stop after 16 tokens. Each prompt has \`n\` choices, in the order of the prompts; as many are
generated at once as slots can be had. A prompt counts once in \`usage\`, however many answers it has. Streams carry the same
comments and the same error event as those of chat completions.

\`echo\` gives the prompt back before its completion, with its chances where \`logprobs\` are asked for; with \`max_tokens\` 0
nothing else is given. \`suffix\` fills a gap, with models that were trained for it. Of \`best_of\` answers those with the
best mean logprob are given; they cannot be streamed. \`text_offset\` counts characters of \`text\`.

**Refused**, where the value would change the answer: ${listNames(refusedInCompletions)}; and every parameter that is not
known.

**Accepted without effect**: ${listNames(idleInCompletions)}, \`user\`, \`stream_options.include_obfuscation\`, and of Ollama's
\`options\` those that say how a model is loaded.`,
  params: t.Object({}),
  query: t.Object({}),
  body: CompletionRequest,
  reply: CompletionReply,
  upstream: { ability: 'completions', path: 'completions' },
  event: CompletionChunk,
  examples: completionExamples,
  refusals: completionRefusals,
  handle: (call) => (call.body.stream ? streamed(call) : whole(call)),
})

async function whole(call: Call): Promise<CompletionReply> {
  const { events, jobs, head } = await begin(call)
  return fromTexts(await readWholes(events), jobs, { head, shape: toTextShape(call.body) })
}

const streamed = (call: Call): EagerIterator<CompletionChunk> =>
  openLate(async () => {
    const { events, jobs, head } = await begin(call)
    return toTextChunks(events, jobs, { head, shape: toTextShape(call.body) })
  })

async function begin(call: Call) {
  const { body, services } = call
  const model = await services.models.find(body.model ?? undefined, 'chat')
  const jobs = toTextJobs(body, model)
  const keepAliveSeconds = toKeepAlive(body)
  const paramName = (param: string, index: number) =>
    param === 'prompt' && jobs.prompts > 1
      ? `prompt[${Math.floor(index / jobs.tries)}]`
      : toClientParam(param, body, jobs.formatParam)
  const kept = keepAliveSeconds !== undefined && { keepAliveSeconds }
  const wanted = { model, isWatched: body.stream === true, paramName, ...kept }
  return { jobs, events: generateAll(jobs.requests, wanted, call), head: answerHead('cmpl-', model, services) }
}
