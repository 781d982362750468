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
  const showsCalls = (style: 'object' | 'text', names: readonly string[]) =>
    shows(callHistory({ style, ids, names, source }), [...names.map((name) => `${name}-value`), 'probe-result'], {
      tools,
    })
  const style = showsCalls('object', ['probe_one']) ? 'object' : 'text'
  return {
    tools: shows([user], ['probe_tool'], { tools })
      ? 'variable'
      : /'tools' in message/.test(source)
        ? 'system'
        : 'none',
    calls: !showsCalls(style, ['probe_one']) ? 'none' : showsCalls(style, ['probe_one', 'probe_two']) ? 'many' : 'one',
    arguments: style,
    ...(ids && { ids }),
    system: !shows([system, user], ['probe-system'])
      ? 'none'
      : shows([system, user, assistant, later, user], ['probe-system', 'probe-later'])
        ? 'any'
        : 'first',
    knowsDeveloper: source.includes('developer') && shows([developer, user], ['probe-developer']),
    emptyContent: emptyContentOf(source),
    efforts: source.includes('no_think') ? 'switch' : source.includes('<|channel|>analysis') ? 'three' : 'any',
  }
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
  readonly ids: TemplateTraits['ids']
  readonly names: readonly string[]
  readonly source: string
}

function callHistory({ style, ids, names, source }: HistoryOptions): readonly object[] {
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
    { role: 'assistant', content: emptyContentOf(source), tool_calls: calls },
    ...names.map((name, index) => ({ role: 'tool', name, tool_call_id: idOf(index), content: 'probe-result' })),
  ]
}

const idsOf = (source: string): TemplateTraits['ids'] =>
  /length\s*!=\s*9/.test(source) ? 'short' : source.includes('<|tool_calls_section_begin|>') ? 'counted' : undefined

const emptyContentOf = (source: string): '' | null =>
  /(?<!_)content['"]?\]?\s+is\s+(not\s+)?none/.test(source) ? null : ''
