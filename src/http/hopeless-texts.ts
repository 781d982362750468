import { Buffer } from 'node:buffer'
import type { EmbeddingInput, GenerationRequest, MessagesPrompt, Prompt } from '../core/generation.ts'
import { refuse } from './define-route.ts'

/** Bytes that no token of a vocabulary is longer than, so that a text has a number of tokens at least. */
const longestToken = 256

/** Characters that one text may have where it is only looked at. Larger ones would keep a model busy for seconds. */
export const mostCharacters = 500_000

/**
 * Throws `context_length_exceeded` for a prompt that cannot fit, whatever its tokens are: to find them out would keep the
 * model's process busy for long. `prompt` of the error is the least number of tokens that it can have.
 */
export function refuseHopelessPrompt({ prompt }: GenerationRequest, limit: number): void {
  const bytes = leastTokens(bytesOf(prompt))
  // Templates put each message between marks, and vocabularies look for those in a time that grows faster than the text.
  const least = prompt.type === 'messages' ? Math.max(bytes, prompt.messages.length) : bytes
  const param = prompt.type === 'messages' ? 'messages' : 'prompt'
  if (least > limit) throw refuse('context_length_exceeded', { param, limit, prompt: least })
}

/** The same for texts that are embedded or ranked; `name` is what the client calls the text of that place. */
export function refuseHopelessTexts(
  texts: readonly EmbeddingInput[],
  limit: number,
  name: (index: number) => string,
): void {
  for (const [index, text] of texts.entries()) {
    const least = typeof text === 'string' ? leastTokens(Buffer.byteLength(text)) : text.length
    if (least > limit) throw refuse('context_length_exceeded', { param: name(index), limit, prompt: least })
  }
}

/** The beginning of a text that has all that can fit, for texts that are to be cut where they do not fit. */
export const hopefulPart = (text: string, limit: number): string => text.slice(0, (limit + 1) * longestToken)

const leastTokens = (bytes: number) => Math.ceil(bytes / longestToken)

function bytesOf(prompt: Prompt): number {
  if (prompt.type === 'tokens') return prompt.tokens.length * longestToken
  return textsOf(prompt).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
}

/** Characters of a conversation, with its calls, its tools and all else that a template may make text of. */
export const lengthOf = (prompt: MessagesPrompt): number => JSON.stringify(prompt).length

/** The texts that stand in a prompt whatever the template is. */
function textsOf(prompt: Exclude<Prompt, { type: 'tokens' }>): readonly string[] {
  if (prompt.type === 'text') return [prompt.text]
  if (prompt.type === 'infill') return [prompt.prefix, prompt.suffix]
  return prompt.messages.map((message) => message.content)
}
