import { toolShape } from './calls-as-text.ts'
import type { TemplateTraits, TurnTraits } from './conversation-syntax.ts'

/** Calls the model's template. Throws what the template raises. */
export type RenderTemplate = (variables: Readonly<Record<string, unknown>>) => string

const system = { role: 'system', content: 'probe-system' }
const developer = { role: 'developer', content: 'probe-developer' }
const user = { role: 'user', content: 'probe-user' }
const assistant = { role: 'assistant', content: 'probe-assistant' }
const later = { role: 'system', content: 'probe-later' }
const tools = [toolShape({ name: 'probe_tool', description: 'probe', isStrict: false })]

/** What was found out about a template. */
export interface ProbedTemplate {
  readonly traits: TemplateTraits
  /** A conversation with a call of `probe_one`, as it writes it; absent: it writes no calls. */
  readonly call?: string
}

/**
 * Finds out what a template does with a conversation, by writing small ones with it and looking for their parts in the
 * text. Its source is asked only for what that cannot show.
 */
export function probeTemplate(source: string, render: RenderTemplate): ProbedTemplate {
  const write: Write = (messages, parts, more = {}) =>
    writeWith(render, { messages, add_generation_prompt: true, ...more }, parts)
  const { shape, call, calls, partCalls } = probeCalls(source, write)
  const ids = idsOf(source)
  const traits: TemplateTraits = {
    tools: toolsOf(source, write),
    calls,
    arguments: shape?.style ?? 'object',
    emptyContent: shape ? shape.emptyContent : '',
    ...(ids && { ids }),
    system: systemOf(write),
    turns: { ...turnsOf(write), partCalls },
    knowsDeveloper: source.includes('developer') && write([developer, user], ['probe-developer']) !== undefined,
    efforts: source.includes('no_think') ? 'switch' : source.includes('<|channel|>analysis') ? 'three' : 'any',
  }
  return { traits, ...(call !== undefined && { call }) }
}

/** The text of a conversation; undefined when it raises, or when one of the parts is missing in it. */
type Write = (messages: readonly object[], parts: readonly string[], more?: object) => string | undefined

function probeCalls(source: string, write: Write) {
  const history = (shape: HistoryShape & { readonly said?: string }, names: readonly string[]) =>
    write(
      callHistory({ ...shape, ids: idsOf(source), names }),
      [...names.map((name) => `${name}-value`), 'probe-result'],
      { tools },
    )
  for (const shape of historyShapes(source)) {
    const call = history(shape, ['probe_one'])
    if (call === undefined) continue
    const takesMany = history(shape, ['probe_one', 'probe_two']) !== undefined
    const partCalls = history({ ...shape, said: 'probe-said' }, ['probe_one']) === undefined
    return { shape, call, partCalls, calls: takesMany ? ('many' as const) : ('one' as const) }
  }
  return { calls: 'none' as const, partCalls: false }
}

function turnsOf(write: Write): Omit<TurnTraits, 'partCalls'> {
  const second = { role: 'user', content: 'probe-second' }
  const empty = { role: 'assistant', content: '' }
  return {
    alternate: write([user, second], ['probe-user', 'probe-second']) === undefined,
    needUser: write([system], ['probe-system']) === undefined,
    needText: write([user, empty, second], ['probe-second']) === undefined,
  }
}

function systemOf(write: Write): TemplateTraits['system'] {
  if (write([system, user], ['probe-system']) === undefined) return 'none'
  const both = write([system, user, assistant, later, user], ['probe-system', 'probe-later'])
  return both === undefined ? 'first' : 'any'
}

function toolsOf(source: string, write: Write): TemplateTraits['tools'] {
  if (write([user], ['probe_tool'], { tools }) !== undefined) return 'tools'
  const isXml = source.includes('xml_tools') && write([user], ['probe_tool'], { xml_tools: tools }) !== undefined
  return isXml ? 'xml_tools' : /'tools' in message/.test(source) ? 'system' : 'none'
}

/** How calls of the history can be given, in the order in which that is tried. */
function historyShapes(source: string): readonly HistoryShape[] {
  const asksForNull = /(?<!_)content['"]?\]?\s+is\s+(not\s+)?none/.test(source)
  const contents = asksForNull ? ([null, ''] as const) : ([''] as const)
  const styles = ['object', 'text'] as const
  return styles.flatMap((style) => contents.map((emptyContent) => ({ style, emptyContent })))
}

function writeWith(
  render: RenderTemplate,
  variables: Readonly<Record<string, unknown>>,
  parts: readonly string[],
): string | undefined {
  try {
    const text = render(variables)
    // An object that is joined to a text shows up as JavaScript's or Python's own way to write it.
    const isWhole = parts.every((part) => text.includes(part)) && !/\[object|'probe_key'/.test(text)
    return isWhole ? text : undefined
  } catch {
    return undefined
  }
}

interface HistoryShape {
  readonly style: 'object' | 'text'
  readonly emptyContent: '' | null
}

interface HistoryOptions extends HistoryShape {
  readonly ids: TemplateTraits['ids']
  readonly names: readonly string[]
  /** What the message with the calls says beside them. */
  readonly said?: string
}

function callHistory({ style, emptyContent, ids, names, said }: HistoryOptions): readonly object[] {
  const idOf = (index: number) => (ids === 'counted' ? `functions.${names[index]}:${index}` : `probeId0${index}`)
  const calls = names.map((name, index) => {
    const values = { probe_key: `${name}-value` }
    return {
      id: idOf(index),
      type: 'function',
      function: { name, arguments: style === 'object' ? values : JSON.stringify(values) },
    }
  })
  return [
    user,
    { role: 'assistant', content: said ?? emptyContent, tool_calls: calls },
    ...names.map((name, index) => ({ role: 'tool', name, tool_call_id: idOf(index), content: 'probe-result' })),
  ]
}

const idsOf = (source: string): TemplateTraits['ids'] =>
  /length\s*!=\s*9/.test(source) ? 'short' : source.includes('<|tool_calls_section_begin|>') ? 'counted' : undefined
