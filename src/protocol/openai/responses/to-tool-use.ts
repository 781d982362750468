import { ServerError } from '../../../core/errors.ts'
import type { Tool, ToolUse } from '../../../core/generation.ts'
import type { InputTokensRequest, Tool as SentTool, ToolChoice } from './request.wire.ts'

type ToolFields = Pick<InputTokensRequest, 'tools' | 'tool_choice' | 'parallel_tool_calls'>

/** The functions of a request; undefined when it has none. Throws `invalid_parameter` and `unsupported_parameter`. */
export function toToolUse(body: ToolFields): ToolUse | undefined {
  const tools = (body.tools ?? []).map(toTool)
  const choice = body.tool_choice ?? 'auto'
  const names = new Set(tools.map((tool) => tool.name))
  for (const [index, tool] of tools.entries())
    if (tools.findIndex(({ name }) => name === tool.name) < index)
      throw invalid(`tools[${index}].name`, `there is another function '${tool.name}'`)
  if (tools.length === 0) {
    if (choice === 'auto' || choice === 'none') return undefined
    throw invalid('tool_choice', 'it asks for a call, and there are no tools')
  }
  return { tools, isParallel: body.parallel_tool_calls ?? true, ...toChoice(choice, names) }
}

function toTool(sent: SentTool, index: number): Tool {
  if (sent.type !== 'function') {
    const problem = `'${sent.type.slice(0, 64)}' is not a function; tools that run on the server are not here`
    throw new ServerError('unsupported_parameter', { param: `tools[${index}].type`, problem })
  }
  const { type: _, name, description, parameters, strict, ...more } = sent
  for (const [field, value] of Object.entries(more))
    if (value !== null && value !== false)
      throw new ServerError('unsupported_parameter', {
        param: `tools[${index}].${field.slice(0, 64)}`,
        problem: 'a function has a name, a description, parameters and strict here',
      })
  if (name === undefined) throw invalid(`tools[${index}].name`, 'it is missing; expected the name of the function')
  return {
    name,
    ...(typeof description === 'string' && { description }),
    ...(parameters && { parameters }),
    isStrict: strict ?? false,
  }
}

/** A named function is called once, as OpenAI does. */
function toChoice(
  choice: ToolChoice,
  names: ReadonlySet<string>,
): Omit<ToolUse, 'tools' | 'isParallel'> & Partial<ToolUse> {
  if (typeof choice === 'string') return { choice: { type: choice } }
  if (choice.type === 'function') {
    if (!names.has(choice.name)) throw invalid('tool_choice.name', `there is no function '${choice.name}' in 'tools'`)
    return { choice: { type: 'required' }, allowed: [choice.name], isParallel: false }
  }
  for (const [index, { name }] of choice.tools.entries())
    if (!names.has(name)) throw invalid(`tool_choice.tools[${index}].name`, `there is no function '${name}' in 'tools'`)
  return { choice: { type: choice.mode }, allowed: [...new Set(choice.tools.map(({ name }) => name))] }
}

const invalid = (param: string, problem: string) => new ServerError('invalid_parameter', { param, problem })
