import { invalidParameter, reviveError, ServerError } from '../../../core/errors.ts'
import type { GenerationRequest, MessagesPrompt, OutputFormat } from '../../../core/generation.ts'
import type { GenerationDefaults } from '../../../core/model.ts'
import { checkFormats } from '../../../grammar/check-request.ts'
import { toReasoning } from '../reasoning.ts'
import { toGenerationOptions } from '../sampling.ts'
import type { Item } from './items.wire.ts'
import { listTools, placeOfParameters } from './list-tools.ts'
import { refusedInResponses } from './refused.ts'
import type { InputTokensRequest, ResponseRequest } from './request.wire.ts'
import { toMessages } from './to-messages.ts'
import { toToolUse } from './to-tool-use.ts'

/** The items that a request is about. */
export interface Items {
  readonly before: readonly Item[]
  readonly input: readonly Item[]
}

/** What a request asks the model to continue. Throws `invalid_parameter` and `unsupported_parameter`. */
export function toPrompt(body: InputTokensRequest, items: Items): MessagesPrompt {
  refuse(body)
  const toolUse = toToolUse(body)
  const reasoning = body.reasoning && toReasoning({ reasoning: body.reasoning })
  return {
    type: 'messages',
    messages: toMessages({ instructions: body.instructions, ...items }),
    ...(toolUse && { toolUse }),
    ...(reasoning && { reasoning }),
    ...toTemplateArguments(body),
  }
}

function toTemplateArguments({
  chat_template_kwargs: sent,
}: InputTokensRequest): Pick<MessagesPrompt, 'templateArguments'> {
  if (!sent || Object.keys(sent).length === 0) return {}
  const reserved = ['messages', 'tools', 'add_generation_prompt'].find((name) => Object.hasOwn(sent, name))
  if (reserved === undefined) return { templateArguments: sent }
  throw invalidParameter(`chat_template_kwargs.${reserved}`, 'it is made of the other parameters')
}

/** What the parameters say together and no schema can. */
function refuseUnfit(body: ResponseRequest): void {
  if (body.stream_options && !body.stream) throw invalidParameter('stream_options', "it needs 'stream': true")
  const long = Object.keys(body.metadata ?? {}).find((name) => name.length > 64)
  if (long !== undefined) throw invalidParameter('metadata', 'a name in it has more than 64 characters')
}

/** The form that the text of an answer must have. */
export function toFormat({ text }: Pick<InputTokensRequest, 'text'>): OutputFormat | undefined {
  const format = text?.format
  if (format?.type === 'json_object') return { type: 'json-object' }
  return format?.type === 'json_schema' ? { type: 'json-schema', schema: format.schema } : undefined
}

/** A request in our vocabulary. Throws `invalid_parameter` and `unsupported_parameter`. */
export function toGeneration(body: ResponseRequest, items: Items, defaults: GenerationDefaults): GenerationRequest {
  const prompt = toPrompt(body, items)
  refuseUnfit(body)
  const format = toFormat(body)
  const logprobs = wantsLogprobs(body)
  const request: GenerationRequest = {
    prompt,
    ...toGenerationOptions({ ...body, max_tokens: body.max_output_tokens ?? null }, defaults),
    ...(format && { format }),
    ...(logprobs && { logprobs: { top: body.top_logprobs ?? 0 } }),
  }
  checkHeld(request, body)
  return request
}

/** Throws where what must be held to cannot be. The pattern of a custom tool stands elsewhere in what the client sent than in the schema that it became. */
function checkHeld(request: GenerationRequest, body: ResponseRequest): void {
  const listed = listTools(body)
  try {
    checkFormats(request, { ...paths, parameters: (index) => placeOfParameters(listed[index]) })
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    const custom = listed.find(
      (tool) => tool.called.type === 'custom' && error.param?.startsWith(`${placeOfParameters(tool)}.`),
    )
    throw custom
      ? reviveError({ code: error.code, facts: { ...error.facts, param: `${custom.place}.format.definition` } })
      : error
  }
}

const paths = { schema: 'text.format.schema', grammar: 'text.format' } as const

/** Whether the chances of the tokens are asked for. */
export const wantsLogprobs = (body: ResponseRequest): boolean =>
  (body.include ?? []).includes('message.output_text.logprobs') || (body.top_logprobs ?? 0) > 0

/** Whether the response is to be kept. Throws `invalid_parameter` for one that is made in the background and is not. */
export function isKept(body: ResponseRequest): boolean {
  const isStored = body.store ?? true
  if (body.background && !isStored)
    throw invalidParameter(
      'store',
      'a response that is made in the background must be kept, or nobody could ever fetch it',
    )
  return isStored
}

function refuse(body: InputTokensRequest & ResponseRequest): void {
  for (const [param, problem] of Object.entries(refusedInResponses)) {
    const value = body[param as keyof typeof body]
    if (value !== undefined && value !== null) throw new ServerError('unsupported_parameter', { param, problem })
  }
  if (body.truncation === 'auto')
    throw new ServerError('unsupported_parameter', {
      param: 'truncation',
      problem: 'nothing is ever left out of a conversation; one that does not fit is refused',
    })
}
