import type { ChatMessage, EmbeddingInput, GenerationRequest, Prompt } from '../core/generation.ts'
import { refuse } from './define-route.ts'

/** No token of a vocabulary is longer than that, so that a text has a number of tokens at least. */
const longestToken = 512

/** Characters that one text may have where it is only looked at. Larger ones would keep a model busy for seconds. */
export const mostCharacters = 1_000_000

/**
 * Throws `context_length_exceeded` for a prompt that cannot fit, whatever its tokens are: to find them out would keep the
 * model's process busy for long. `prompt` of the error is the least number of tokens that it can have.
 */
export function refuseHopelessPrompt({ prompt }: GenerationRequest, limit: number): void {
  const least = leastTokens(lengthOf(prompt))
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
    const least = typeof text === 'string' ? leastTokens(text.length) : text.length
    if (least > limit) throw refuse('context_length_exceeded', { param: name(index), limit, prompt: least })
  }
}

/** The beginning of a text that has all that can fit, for texts that are to be cut where they do not. */
export const hopefulPart = (text: string, limit: number): string => text.slice(0, (limit + 1) * longestToken)

const leastTokens = (characters: number) => Math.ceil(characters / longestToken)

/** Characters of a prompt, as far as they are the client's. */
export function lengthOf(prompt: Prompt): number {
  if (prompt.type === 'tokens') return prompt.tokens.length * longestToken
  if (prompt.type === 'text') return prompt.text.length
  if (prompt.type === 'infill') return prompt.prefix.length + prompt.suffix.length
  return prompt.messages.reduce((sum, message) => sum + message.content.length + lengthOfCalls(message), 0)
}

const lengthOfCalls = ({ toolCalls = [] }: ChatMessage) =>
  toolCalls.reduce((sum, call) => sum + call.name.length + call.arguments.length, 0)
