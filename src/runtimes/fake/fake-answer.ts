import type { GenerationRequest, OutputFormat, ToolUse } from '../../core/generation.ts'
import { readGrammar, readPattern } from '../../grammar/check-request.ts'
import { shortestText } from './shortest-text.ts'
import { smallestInstance } from './smallest-instance.ts'

/** One stretch of a fake model's answer. */
export type FakePiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  /** `arguments` is JSON text. Without an id it is `call_` and the number of calls in the conversation before it. */
  | { readonly type: 'call'; readonly name: string; readonly arguments: string; readonly id?: string }

/** What a fake model answers: a text, or stretch after stretch. */
export type FakeAnswer = string | readonly FakePiece[]

export const toPieces = (answer: FakeAnswer): readonly FakePiece[] =>
  typeof answer === 'string' ? [{ type: 'text', text: answer }] : answer

/**
 * What a fake model answers by itself: the call of the first tool that it may call where it must call one; something
 * small that is valid where a format is asked for; else the last message or the prompt, back again.
 */
export function ownAnswer(request: GenerationRequest): FakeAnswer {
  const { prompt, format } = request
  if (prompt.type === 'messages' && prompt.toolUse?.choice.type === 'required') return [firstCall(prompt.toolUse)]
  if (format) return formatted(format)
  if (prompt.type === 'text') return prompt.text
  if (prompt.type === 'tokens') return prompt.tokens.join(' ')
  if (prompt.type === 'infill') return prompt.suffix
  return prompt.messages.at(-1)?.content ?? ''
}

function firstCall({ tools, allowed }: ToolUse): FakePiece {
  const tool = tools.find(({ name }) => !allowed || allowed.includes(name))
  const value = tool?.parameters ? smallestInstance(tool.parameters) : {}
  return { type: 'call', name: tool?.name ?? '', arguments: JSON.stringify(value) }
}

function formatted(format: OutputFormat): string {
  if (format.type === 'json-object') return '{}'
  if (format.type === 'json-schema') return JSON.stringify(smallestInstance(format.schema))
  if (format.type === 'pattern') return shortestText({ root: readPattern(format.pattern, 'grammar'), rules: {} })
  return shortestText(readGrammar(format.grammar, 'grammar'))
}
