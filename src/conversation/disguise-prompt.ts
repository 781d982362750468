import type { ChatMessage, MessagesPrompt, ToolCall } from '../core/generation.ts'
import type { ControlTexts } from './control-texts.ts'
import type { ConversationSyntax } from './conversation-syntax.ts'

interface Disguise {
  readonly controls: ControlTexts
  readonly syntax: ConversationSyntax
}

/**
 * A prompt whose every text, wherever in it, holds no control token: what is said cannot end its message and begin one of
 * another role. Marks that the template and we write around it are put there later. The same object where nothing was to be
 * disguised.
 */
export function disguisePrompt(prompt: MessagesPrompt, { controls, syntax }: Disguise): MessagesPrompt {
  const messages = mapped(prompt.messages, (message) => disguiseMessage(message, { controls, syntax }))
  const tools = prompt.toolUse && mapped(prompt.toolUse.tools, (tool) => disguiseFields(tool, controls))
  const given = prompt.templateArguments && disguiseFields(prompt.templateArguments, controls)
  if (messages === prompt.messages && tools === prompt.toolUse?.tools && given === prompt.templateArguments)
    return prompt
  return {
    ...prompt,
    messages,
    ...(prompt.toolUse && tools && { toolUse: { ...prompt.toolUse, tools } }),
    ...(given && { templateArguments: given }),
  }
}

function disguiseMessage(message: ChatMessage, { controls, syntax }: Disguise): ChatMessage {
  const { role, content, toolCalls, ...rest } = message
  const others = disguiseFields(rest, controls)
  const said = role === 'assistant' ? disguiseAnswer(content, { controls, syntax }) : controls.disguise(content)
  const calls = toolCalls && mapped(toolCalls, (call) => disguiseCall(call, controls))
  if (others === rest && said === content && calls === toolCalls) return message
  return { ...others, role, content: said, ...(calls && { toolCalls: calls }) }
}

/** Clients send back what an answer was, and templates look for the thinking that it begins with. */
function disguiseAnswer(content: string, { controls, syntax }: Disguise): string {
  const { open, close } = syntax.reasoning ?? {}
  const lead = content.length - content.trimStart().length
  if (!open || !close || !content.startsWith(open, lead)) return controls.disguise(content)
  const opened = lead + open.length
  // In OpenAI's harmony format it ends a message, and nothing looks for it.
  const closed = syntax.isHarmony ? -1 : content.indexOf(close, opened)
  if (closed < 0) return content.slice(0, opened) + controls.disguise(content.slice(opened))
  const thought = controls.disguise(content.slice(opened, closed))
  return content.slice(0, opened) + thought + close + controls.disguise(content.slice(closed + close.length))
}

/** Templates take arguments as values or as text. What is escaped in the text is there in the values. */
function disguiseCall(call: ToolCall, controls: ControlTexts): ToolCall {
  const { arguments: given, ...rest } = call
  const others = disguiseFields(rest, controls)
  const values: unknown = JSON.parse(given)
  const harmless = disguiseValue(values, controls)
  const text = harmless === values ? given : JSON.stringify(harmless)
  return others === rest && text === given ? call : { ...others, arguments: text }
}

/** Of JSON: keys and texts. */
function disguiseValue(value: unknown, controls: ControlTexts): unknown {
  if (typeof value === 'string') return controls.disguise(value)
  if (Array.isArray(value)) return mapped(value, (each) => disguiseValue(each, controls))
  if (typeof value !== 'object' || value === null) return value
  return disguiseEntries(value, controls, (key) => controls.disguiseName(key))
}

/** Of an object whose keys we, or the template, have given: templates look for them. */
const disguiseFields = <T extends object>(value: T, controls: ControlTexts): T =>
  disguiseEntries(value, controls, (key) => key) as T

function disguiseEntries(value: object, controls: ControlTexts, nameOf: (key: string) => string): object {
  const entries = Object.entries(value)
  const harmless = mapped(entries, (entry) => {
    const key = nameOf(entry[0])
    const inner = disguiseValue(entry[1], controls)
    return key === entry[0] && inner === entry[1] ? entry : ([key, inner] as [string, unknown])
  })
  return harmless === entries ? value : Object.fromEntries(harmless)
}

/** The same list where every item stayed the same. */
function mapped<T>(list: readonly T[], change: (each: T) => T): readonly T[] {
  const changed = list.map(change)
  return changed.every((each, at) => each === list[at]) ? list : changed
}
