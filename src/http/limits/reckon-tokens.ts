import { Buffer } from 'node:buffer'

/** Bytes of UTF-8 that one token has, about: OpenAI says so of English, and the tokenizers of other languages come close. */
const tokenBytes = 4

/** Members whose values are no text of a prompt: pictures, sounds and files, whose tokens have nothing to do with their bytes. */
const otherMedia: ReadonlySet<string> = new Set(['image_url', 'input_audio', 'file', 'file_data', 'file_url'])

/** Tokens that a text of so many bytes has, about. */
export const reckonBytes = (bytes: number): number => Math.ceil(bytes / tokenBytes)

/**
 * Tokens that a request, or some texts, take as a prompt, about, where nobody has counted them: by the length of all texts in
 * it. A number in a list is taken for a token. Made for values of JSON, however deep.
 */
export function reckonTokens(value: unknown): number {
  let bytes = 0
  const open: unknown[] = [value]
  while (open.length > 0) {
    const next = open.pop()
    if (typeof next === 'string') bytes += Buffer.byteLength(next)
    else if (Array.isArray(next)) for (const item of next) open.push(typeof item === 'number' ? oneToken : item)
    else if (typeof next === 'object' && next !== null)
      for (const [name, inner] of Object.entries(next)) if (!otherMedia.has(name)) open.push(inner)
  }
  return reckonBytes(bytes)
}

const oneToken = 'x'.repeat(tokenBytes)
