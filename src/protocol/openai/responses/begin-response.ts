import type { GenerationRequest } from '../../../core/generation.ts'
import type { AnswerHead } from '../usage.ts'
import type { ResponseRequest, Tool } from './request.wire.ts'
import type { ResponseObject } from './response.wire.ts'
import { isKept } from './to-generation.ts'

/** A response of which nothing has been made yet. What the request left open shows with the value that was chosen. */
export function beginResponse(body: ResponseRequest, request: GenerationRequest, head: AnswerHead): ResponseObject {
  return {
    id: head.id,
    object: 'response',
    access_programs: null,
    created_at: head.created,
    completed_at: null,
    status: body.background ? 'queued' : 'in_progress',
    background: body.background ?? false,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: request.maxTokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    model: head.model,
    output: [],
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    reasoning: {
      effort: body.reasoning?.effort ?? null,
      summary: body.reasoning?.summary ?? body.reasoning?.generate_summary ?? null,
    },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: 'default',
    store: isKept(body),
    temperature: request.sampling.temperature,
    text: { format: toEchoedFormat(body), verbosity: body.text?.verbosity ?? 'medium' },
    tool_choice: body.tool_choice ?? 'auto',
    tools: toEchoedTools(body),
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? request.sampling.topP,
    truncation: 'disabled',
    usage: null,
    user: body.user ?? null,
    metadata: { ...body.metadata },
  }
}

function toEchoedFormat({ text }: ResponseRequest): ResponseObject['text']['format'] {
  const format = text?.format
  if (format?.type !== 'json_schema') return { type: format?.type ?? 'text' }
  const { name, schema, description = null, strict } = format
  return { type: 'json_schema', description, name, schema, strict: strict ?? true }
}

function toEchoedTools({ tools }: ResponseRequest): ResponseObject['tools'] {
  return (tools ?? []).map(({ tools: members, ...tool }) =>
    members
      ? { type: 'namespace', name: tool.name, description: tool.description ?? '', tools: members.map(toEchoedTool) }
      : toEchoedTool(tool),
  )
}

function toEchoedTool(tool: Omit<Tool, 'tools'>): ResponseObject['tools'][number] {
  const { type, name = '', description = null, parameters = null, strict, format } = tool
  if (type === 'custom')
    return { type, name, ...(description !== null && { description }), format: format ?? { type: 'text' } }
  return { type: 'function', description, name, parameters, strict: strict ?? false }
}
