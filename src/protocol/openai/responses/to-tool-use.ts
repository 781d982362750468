import { invalidParameter } from '../../../core/errors.ts'
import type { ToolUse } from '../../../core/generation.ts'
import { type ListedTool, listTools } from './list-tools.ts'
import type { InputTokensRequest, ToolChoice } from './request.wire.ts'

type ToolFields = Pick<InputTokensRequest, 'tools' | 'tool_choice' | 'parallel_tool_calls'>

/** The tools of a request; undefined when it has none. Throws `invalid_parameter` and `unsupported_parameter`. */
export function toToolUse(body: ToolFields): ToolUse | undefined {
  const listed = listTools(body)
  const choice = body.tool_choice ?? 'auto'
  if (listed.length === 0) {
    if (choice === 'auto' || choice === 'none') return undefined
    throw invalidParameter('tool_choice', 'it asks for a call, and there are no tools')
  }
  const tools = listed.map(({ tool }) => tool)
  return { tools, isParallel: body.parallel_tool_calls ?? true, ...toChoice(choice, listed) }
}

type Chosen = { readonly type: 'function' | 'custom'; readonly name: string }

/** A named tool is called once, as OpenAI does. */
function toChoice(
  choice: ToolChoice,
  listed: readonly ListedTool[],
): Omit<ToolUse, 'tools' | 'isParallel'> & Partial<ToolUse> {
  const namesOf = ({ type, name }: Chosen, place: string): readonly string[] => {
    const found = listed.filter(({ called }) => called.type === type && called.name === name)
    if (found.length > 0) return found.map(({ tool }) => tool.name)
    throw invalidParameter(
      `${place}.name`,
      `there is no ${type === 'custom' ? 'custom tool' : type} '${name}' in 'tools'`,
    )
  }
  if (typeof choice === 'string') return { choice: { type: choice } }
  if (choice.type !== 'allowed_tools')
    return { choice: { type: 'required' }, allowed: namesOf(choice, 'tool_choice'), isParallel: false }
  const allowed = choice.tools.flatMap((chosen, index) => namesOf(chosen, `tool_choice.tools[${index}]`))
  return { choice: { type: choice.mode }, allowed: [...new Set(allowed)] }
}
