import { invalidParameter, ServerError } from '../../../core/errors.ts'
import type { Tool } from '../../../core/generation.ts'
import type { InputTokensRequest, MemberTool, Tool as SentTool } from './request.wire.ts'

/** What a client calls a tool by. */
export interface CalledTool {
  readonly type: 'function' | 'custom'
  readonly name: string
  readonly namespace?: string
}

/** A tool as the model is told of it. */
export interface ListedTool {
  readonly called: CalledTool
  readonly tool: Tool
  /** Where it stands in the request. */
  readonly place: string
}

/** The parameter that carries the text of a custom tool's call. */
const inputName = 'input'

/** The name that the model knows a tool by: it knows functions only, in no namespaces. */
export const nameForModel = ({ name, namespace }: Pick<CalledTool, 'name'> & { namespace?: string | null }): string =>
  namespace ? `${namespace}${namespace.endsWith('_') ? '' : '__'}${name}` : name

/** The arguments of a custom tool's call, as the model writes and reads them. */
export const toArguments = (input: string): string => JSON.stringify({ [inputName]: input })

/**
 * The tools of a request, those of namespaces one by one. A custom tool, which takes any text, is a function of one text
 * to the model. Throws `invalid_parameter`, and `unsupported_parameter` for tools that would run on the server.
 */
export function listTools({ tools }: Pick<InputTokensRequest, 'tools'>): readonly ListedTool[] {
  const listed = (tools ?? []).flatMap((sent, index) => listTool(sent, `tools[${index}]`))
  const names = new Set<string>()
  for (const { tool, place } of listed) {
    if (names.has(tool.name)) throw invalidParameter(`${place}.name`, `there is another tool '${tool.name}'`)
    names.add(tool.name)
  }
  return listed
}

function listTool(sent: SentTool, place: string): readonly ListedTool[] {
  const { type, name } = sent
  if (type === 'function' || type === 'custom') return [listMember({ ...sent, type }, place)]
  if (type !== 'namespace') {
    const problem = `'${type.slice(0, 64)}' is neither a function nor a custom tool; tools that run on the server are not here`
    throw unsupported(`${place}.type`, problem)
  }
  refuseMore(sent, ['name', 'description', 'tools'], place)
  if (name === undefined) throw invalidParameter(`${place}.name`, 'it is missing; expected the name of the namespace')
  if (!sent.tools) throw invalidParameter(`${place}.tools`, 'it is missing; expected the tools of the namespace')
  const group = { name, description: sent.description }
  return sent.tools.map((member, index) => listMember(member, `${place}.tools[${index}]`, group))
}

type Group = { readonly name: string; readonly description: string | null | undefined }
type SentMember = Omit<MemberTool, 'name'> & { readonly name?: string }

function listMember(sent: SentMember, place: string, group?: Group): ListedTool {
  const { type, name } = sent
  if (name === undefined) throw invalidParameter(`${place}.name`, 'it is missing; expected the name of the tool')
  const called = { type, name, ...(group && { namespace: group.name }) }
  const about = [group?.description, sent.description].filter(Boolean).join('\n')
  const known = { name: nameForModel(called), ...(about !== '' && { description: about }) }
  const tool = type === 'function' ? toFunction(sent, known, place) : toCustom(sent, known, place)
  return { called, tool, place }
}

type Known = Pick<Tool, 'name' | 'description'>

function toFunction(sent: SentMember, known: Known, place: string): Tool {
  refuseMore(sent, ['name', 'description', 'parameters', 'strict'], place)
  const { parameters, strict } = sent
  return { ...known, ...(parameters && { parameters }), isStrict: strict ?? false }
}

function toCustom(sent: SentMember, known: Known, place: string): Tool {
  refuseMore(sent, ['name', 'description', 'format'], place)
  const { format } = sent
  if (format?.type === 'grammar' && format.syntax === 'lark')
    throw unsupported(`${place}.format.syntax`, 'the text of a call is held to regular expressions only, not to Lark')
  const pattern = format?.type === 'grammar' && { pattern: `^(?:${format.definition})$` }
  const input = { type: 'string', ...pattern }
  const parameters = { type: 'object', properties: { [inputName]: input }, required: [inputName] }
  return { ...known, parameters: { ...parameters, additionalProperties: false }, isStrict: true }
}

/** `null` and `false` say that something is not wanted. */
function refuseMore(sent: object, known: readonly string[], place: string): void {
  for (const [field, value] of Object.entries(sent))
    if (field !== 'type' && !known.includes(field) && value !== null && value !== false)
      throw unsupported(`${place}.${field.slice(0, 64)}`, `there is only ${known.join(', ')} here`)
}

/** Where the schema of a tool's arguments stands in the request. */
export const placeOfParameters = (listed: ListedTool | undefined): string => `${listed?.place ?? 'tools'}.parameters`
const unsupported = (param: string, problem: string) => new ServerError('unsupported_parameter', { param, problem })
