import { invalidParameter, ServerError } from '../../core/errors.ts'
import type { Tool, ToolChoice, ToolUse } from '../../core/generation.ts'
import type { ToolFields } from './chat-tools.wire.ts'

/** `isParallel` where the choice leaves nothing else: a named function is called once, as OpenAI does. */
type Choice = Pick<ToolUse, 'choice' | 'allowed'> & Partial<Pick<ToolUse, 'isParallel'>>

/**
 * The functions of a chat request, and whether they must be called; undefined when there are none. Throws
 * `invalid_parameter`, and `unsupported_parameter` for custom tools.
 */
export function toToolUse(body: ToolFields): ToolUse | undefined {
  if (body.functions) return fromOldForm(body)
  if (body.function_call && (body.tools?.length || typeof body.function_call === 'object'))
    throw invalidParameter('function_call', "there are no 'functions' to choose from; with 'tools' send tool_choice")
  const tools = (body.tools ?? []).map(toTool)
  refuseTwice(tools, (index) => `tools[${index}].function.name`)
  const choice = toChoice(body.tool_choice ?? 'auto', tools)
  if (tools.length === 0) return undefined
  return { tools, isParallel: body.parallel_tool_calls ?? true, ...choice }
}

/** Whether the request speaks of functions and not of tools, and is to be answered so. */
export const usesOldForm = (body: ToolFields): boolean => Boolean(body.functions)

function toTool(wire: NonNullable<ToolFields['tools']>[number], index: number): Tool {
  const place = `tools[${index}]`
  if (wire.type === 'custom' || wire.custom !== undefined)
    throw new ServerError('unsupported_parameter', { param: `${place}.type`, problem: 'tools are functions here' })
  if (!wire.function) throw invalidParameter(`${place}.function`, 'it is missing; expected an object')
  return fromDefinition(wire.function, wire.function.strict === true)
}

function fromDefinition(
  wire: { name: string; description?: string | null; parameters?: object | null },
  isStrict: boolean,
): Tool {
  return {
    name: wire.name,
    ...(typeof wire.description === 'string' && { description: wire.description }),
    ...(wire.parameters && { parameters: wire.parameters as Readonly<Record<string, unknown>> }),
    isStrict,
  }
}

function toChoice(wire: NonNullable<ToolFields['tool_choice']>, tools: readonly Tool[]): Choice {
  if (wire === 'none' || wire === 'auto') return { choice: { type: wire } }
  if (tools.length === 0) throw invalidParameter('tool_choice', "there are no 'tools' to choose from")
  if (wire === 'required') return { choice: { type: wire } }
  if (wire.type === 'custom' || wire.custom !== undefined)
    throw new ServerError('unsupported_parameter', { param: 'tool_choice.type', problem: 'tools are functions here' })
  const other = wire.type === 'function' ? 'allowed_tools' : 'function'
  if (wire[other]) throw invalidParameter(`tool_choice.${other}`, `a choice of the type '${wire.type}' has none`)
  if (wire.type === 'function') {
    if (!wire.function) throw invalidParameter('tool_choice.function', 'it is missing; expected an object')
    return { ...named(wire.function.name, 'tool_choice.function.name', tools), isParallel: false }
  }
  const { allowed_tools: allowed } = wire
  if (!allowed) throw invalidParameter('tool_choice.allowed_tools', 'it is missing; expected an object')
  const names = allowed.tools.map(
    (tool, index) =>
      named(tool.function.name, `tool_choice.allowed_tools.tools[${index}].function.name`, tools).allowed,
  )
  return { choice: { type: allowed.mode }, allowed: [...new Set(names.flat())] }
}

function named(name: string, param: string, tools: readonly Tool[]): Choice & { readonly allowed: readonly string[] } {
  if (tools.some((tool) => tool.name === name)) return { choice: { type: 'required' }, allowed: [name] }
  throw invalidParameter(param, 'there is no function of that name in the request')
}

function fromOldForm(body: ToolFields): ToolUse {
  for (const param of ['tools', 'tool_choice', 'parallel_tool_calls'] as const)
    if (body[param] !== undefined && body[param] !== null)
      throw invalidParameter(param, "'functions' is there too; send one of the two forms")
  const tools = (body.functions ?? []).map((wire) => fromDefinition(wire, false))
  refuseTwice(tools, (index) => `functions[${index}].name`)
  const wire = body.function_call ?? 'auto'
  const choice: Choice =
    typeof wire === 'string'
      ? { choice: { type: wire } satisfies ToolChoice }
      : named(wire.name, 'function_call.name', tools)
  return { tools, ...choice, isParallel: false }
}

function refuseTwice(tools: readonly Tool[], place: (index: number) => string): void {
  const names = new Set<string>()
  for (const [index, { name }] of tools.entries()) {
    if (names.has(name)) throw invalidParameter(place(index), `there are two functions '${name}'`)
    names.add(name)
  }
}
