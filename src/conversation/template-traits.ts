import type { TemplateTraits } from './conversation-syntax.ts'

/** Calls the model's template. Throws what the template raises. */
export type RenderTemplate = (variables: Readonly<Record<string, unknown>>) => string

const system = { role: 'system', content: 'probe-system' }
const developer = { role: 'developer', content: 'probe-developer' }
const user = { role: 'user', content: 'probe-user' }
const assistant = { role: 'assistant', content: 'probe-assistant' }
const later = { role: 'system', content: 'probe-later' }
const tools = [
  {
    type: 'function',
    function: { name: 'probe_tool', description: 'probe', parameters: { type: 'object', properties: {} } },
  },
]

/**
 * Finds out what a template does with a conversation, by writing small ones with it and looking for their parts in the
 * text. Its source is asked only for what that cannot show.
 */
export function readTraits(source: string, render: RenderTemplate): TemplateTraits {
  const shows = (messages: readonly object[], parts: readonly string[], more: object = {}) =>
    showsParts(render, { messages, add_generation_prompt: true, ...more }, parts)
  const ids = idsOf(source)
  const history = (shape: Omit<HistoryOptions, 'ids'>) =>
    shows(callHistory({ ...shape, ids }), [...shape.names.map((name) => `${name}-value`), 'probe-result'], { tools })
  const shape = historyShapes(source).find((each) => history({ ...each, names: ['probe_one'] }))
  return {
    tools: toolsOf(source, shows),
    calls: !shape ? 'none' : history({ ...shape, names: ['probe_one', 'probe_two'] }) ? 'many' : 'one',
    arguments: shape?.style ?? 'object',
    emptyContent: shape ? shape.emptyContent : '',
    ...(ids && { ids }),
    system: !shows([system, user], ['probe-system'])
      ? 'none'
      : shows([system, user, assistant, later, user], ['probe-system', 'probe-later'])
        ? 'any'
        : 'first',
    knowsDeveloper: source.includes('developer') && shows([developer, user], ['probe-developer']),
    efforts: source.includes('no_think') ? 'switch' : source.includes('<|channel|>analysis') ? 'three' : 'any',
  }
}

type Shows = (messages: readonly object[], parts: readonly string[], more?: object) => boolean

function toolsOf(source: string, shows: Shows): TemplateTraits['tools'] {
  if (shows([user], ['probe_tool'], { tools })) return 'tools'
  if (source.includes('xml_tools') && shows([user], ['probe_tool'], { xml_tools: tools })) return 'xml_tools'
  return /'tools' in message/.test(source) ? 'system' : 'none'
}

/** How calls of the history can be given, in the order in which that is tried. */
function historyShapes(source: string): readonly Pick<HistoryOptions, 'style' | 'emptyContent'>[] {
  const asksForNull = /(?<!_)content['"]?\]?\s+is\s+(not\s+)?none/.test(source)
  const contents = asksForNull ? ([null, ''] as const) : ([''] as const)
  const styles = ['object', 'text'] as const
  return styles.flatMap((style) => contents.map((emptyContent) => ({ style, emptyContent })))
}

function showsParts(render: RenderTemplate, variables: Readonly<Record<string, unknown>>, parts: readonly string[]) {
  try {
    const text = render(variables)
    // An object that is joined to a text shows up as JavaScript's or Python's own way to write it.
    return parts.every((part) => text.includes(part)) && !/\[object|'probe_key'/.test(text)
  } catch {
    return false
  }
}

interface HistoryOptions {
  readonly style: 'object' | 'text'
  readonly emptyContent: '' | null
  readonly ids: TemplateTraits['ids']
  readonly names: readonly string[]
}

function callHistory({ style, emptyContent, ids, names }: HistoryOptions): readonly object[] {
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
    { role: 'assistant', content: emptyContent, tool_calls: calls },
    ...names.map((name, index) => ({ role: 'tool', name, tool_call_id: idOf(index), content: 'probe-result' })),
  ]
}

const idsOf = (source: string): TemplateTraits['ids'] =>
  /length\s*!=\s*9/.test(source) ? 'short' : source.includes('<|tool_calls_section_begin|>') ? 'counted' : undefined
