import { invalidParameter, ServerError } from '../../core/errors.ts'
import type { GenerationRequest, MessagesPrompt } from '../../core/generation.ts'
import type { ModelEntry } from '../../core/model.ts'
import { chatPaths, checkFormats, type FormatPaths } from '../../grammar/check-request.ts'
import type { ChatCompletionRequest } from './chat-completions.wire.ts'
import { toMessages } from './chat-messages.ts'
import { toToolUse, usesOldForm } from './chat-tools.ts'
import type { ToolFields } from './chat-tools.wire.ts'
import { refusedInChat, refuseUnsupported } from './extensions.ts'
import { type AskedFormat, toFormat } from './output-format.ts'
import { toReasoning } from './reasoning.ts'
import { toGenerationOptions } from './sampling.ts'
import { gatherFields } from './token-limit.ts'

/** The part of a chat request that its prompt is made of. */
export type PromptFields = Pick<
  ChatCompletionRequest,
  'messages' | 'chat_template_kwargs' | 'add_generation_prompt' | 'continue_final_message'
> &
  ToolFields &
  Parameters<typeof toReasoning>[0]

/** A chat request in our vocabulary. Throws `unsupported_parameter`, `invalid_parameter` and `ability_missing`. */
export function toGeneration(
  body: ChatCompletionRequest,
  model: Pick<ModelEntry, 'id' | 'defaults'>,
): GenerationRequest {
  refuseUnsupported(body, refusedInChat)
  refuseUnfit(body)
  const format = toFormat(body)
  const request: GenerationRequest = {
    prompt: toPrompt(body, model.id),
    ...toGenerationOptions(gatherFields(body), model.defaults),
    ...(format && { format: format.format }),
    ...(body.logprobs && { logprobs: { top: body.top_logprobs ?? 0 } }),
  }
  checkFormats(request, formatPaths(format, body))
  return request
}

/** Where schemas and grammars stand in what the client sent. */
export function formatPaths(format: AskedFormat | undefined, body: ToolFields = {}): FormatPaths {
  return {
    schema: format?.param ?? chatPaths.schema,
    grammar: format?.param ?? chatPaths.grammar,
    parameters: (index) => (usesOldForm(body) ? `functions[${index}].parameters` : chatPaths.parameters(index)),
  }
}

/** The conversation of a chat request, with its tools and how much is to be thought. */
export function toPrompt(body: PromptFields, model: string): MessagesPrompt {
  const messages = toMessages(body.messages, model)
  const toolUse = toToolUse(body)
  const reasoning = toReasoning(body)
  const kwargs = body.chat_template_kwargs ?? {}
  const reserved = ['messages', 'tools', 'add_generation_prompt'].find((name) => Object.hasOwn(kwargs, name))
  if (reserved !== undefined)
    throw invalidParameter(`chat_template_kwargs.${reserved}`, `it is made of the request's own '${reserved}'`)
  return {
    type: 'messages',
    messages,
    ...(toolUse && { toolUse }),
    ...(reasoning && { reasoning }),
    ...(continuesLast(body) && { continuesLast: true }),
    ...(Object.keys(kwargs).length > 0 && { templateArguments: kwargs }),
  }
}

/** A last message of the assistant is continued, unless the request says that a new turn begins. */
function continuesLast(body: PromptFields): boolean {
  const isLast = body.messages.at(-1)?.role === 'assistant'
  const { add_generation_prompt: begins, continue_final_message: continues } = body
  if (continues === true && begins === true)
    throw invalidParameter('continue_final_message', "'add_generation_prompt' says that a new turn begins")
  if (continues === true && !isLast)
    throw invalidParameter('continue_final_message', 'the last message is not of the assistant')
  if (begins === false && !isLast)
    throw new ServerError('unsupported_parameter', {
      param: 'add_generation_prompt',
      problem: 'a model answers in a turn of its own, or continues a last message of the assistant',
    })
  return isLast && continues !== false && begins !== true
}

/** What the parameters say together and no schema can. */
function refuseUnfit(body: ChatCompletionRequest): void {
  if (typeof body.top_logprobs === 'number' && body.logprobs !== true)
    throw invalidParameter('top_logprobs', "it needs 'logprobs': true")
  if (body.stream_options && !body.stream) throw invalidParameter('stream_options', "it needs 'stream': true")
  const long = Object.keys(body.metadata ?? {}).find((name) => name.length > 64)
  if (long !== undefined) throw invalidParameter('metadata', 'a name in it has more than 64 characters')
}
