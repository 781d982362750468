import type { EmbeddingInput } from '../core/generation.ts'
import type { LoadedModel } from '../core/runtime.ts'

interface Reader {
  readonly model: LoadedModel
  readonly signal: AbortSignal
}

/** Cuts inputs that have more than so many tokens at their end. Undefined: none of them. */
export async function cutInputs(
  inputs: readonly EmbeddingInput[],
  mostTokens: number | undefined,
  reader: Reader,
): Promise<readonly EmbeddingInput[]> {
  if (mostTokens === undefined) return inputs
  const cut: EmbeddingInput[] = []
  for (const input of inputs)
    cut.push(typeof input === 'string' ? await cutText(input, mostTokens, reader) : input.slice(0, mostTokens))
  return cut
}

/** The same for texts. */
export async function cutTexts(
  texts: readonly string[],
  mostTokens: number,
  reader: Reader,
): Promise<readonly string[]> {
  const cut: string[] = []
  for (const text of texts) cut.push(await cutText(text, mostTokens, reader))
  return cut
}

async function cutText(text: string, most: number, { model, signal }: Reader): Promise<string> {
  // No token is less than a byte, so that short texts cost nothing.
  if (new TextEncoder().encode(text).byteLength <= most) return text
  const pieces = await model.tokenize(text, { addsSpecial: false, readsSpecial: false }, signal)
  if (pieces.length <= most) return text
  const kept = pieces.slice(0, most).map(({ token }) => token)
  return model.detokenize(kept, signal)
}
