import type { ChatMessage, GenerationEvent, GenerationRequest } from '../../core/generation.ts'
import type { SpanFacts } from '../../observe/traces/traces.ts'

/** Characters of one text; a span is no place for books. */
const longestText = 16_384

type Part =
  | { readonly type: 'text' | 'reasoning'; readonly content: string }
  | { readonly type: 'tool_call'; readonly id: string; readonly name: string; readonly arguments: string }
  | { readonly type: 'tool_call_response'; readonly id: string; readonly response: string }

/**
 * Gathers what is asked and answered for a trace, in the shape that the semantic conventions give messages. Made only where
 * the configuration wants content to be told (`log_content`).
 */
export class SpokenContent {
  readonly #request: GenerationRequest
  #text = ''
  #reasoning = ''
  readonly #calls: { id: string; name: string; arguments: string }[] = []

  constructor(request: GenerationRequest) {
    this.#request = request
  }

  note(event: GenerationEvent): void {
    if (event.type === 'text-delta') this.#text = grown(this.#text, event.text)
    else if (event.type === 'reasoning-delta') this.#reasoning = grown(this.#reasoning, event.text)
    else if (event.type === 'tool-call-start') this.#calls.push({ id: event.id, name: event.name, arguments: '' })
    else if (event.type === 'tool-call-delta') {
      const last = this.#calls.at(-1)
      if (last) last.arguments = grown(last.arguments, event.arguments)
    }
  }

  facts(finishReason: string): SpanFacts {
    const parts: Part[] = [
      ...said('reasoning', this.#reasoning),
      ...said('text', this.#text),
      ...this.#calls.map((call) => ({ type: 'tool_call', ...call }) as const),
    ]
    return {
      'gen_ai.input.messages': JSON.stringify(inputOf(this.#request)),
      'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', parts, finish_reason: finishReason }]),
    }
  }
}

function inputOf({ prompt }: GenerationRequest): readonly { role: string; parts: readonly Part[] }[] {
  if (prompt.type === 'messages')
    return prompt.messages.map((message) => ({ role: message.role, parts: partsOf(message) }))
  if (prompt.type === 'text') return [{ role: 'user', parts: said('text', prompt.text) }]
  if (prompt.type === 'infill') return [{ role: 'user', parts: said('text', `${prompt.prefix}…${prompt.suffix}`) }]
  return [{ role: 'user', parts: said('text', `${prompt.tokens.length} tokens`) }]
}

function partsOf({ role, content, reasoning = '', toolCalls = [], toolCallId }: ChatMessage): readonly Part[] {
  if (role === 'tool') return [{ type: 'tool_call_response', id: toolCallId ?? '', response: cut(content) }]
  return [
    ...said('reasoning', reasoning),
    ...said('text', content),
    ...toolCalls.map(
      ({ id, name, arguments: given }) => ({ type: 'tool_call', id, name, arguments: cut(given) }) as const,
    ),
  ]
}

const said = (type: 'text' | 'reasoning', text: string): readonly Part[] =>
  text === '' ? [] : [{ type, content: cut(text) }]

const cut = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text)

const grown = (text: string, more: string): string => (text.length > longestText ? text : text + more)
