import type { GenerationEvent, GenerationRequest, TokenChance, TokenLogprob } from '../../core/generation.ts'
import type { FakeVocabulary } from './fake-tokens.ts'

/** The chances of a token that a fake model writes: one half, and half as much for each of the words ` ~1`, ` ~2` … */
export function fakeChances(token: number, top: number, vocabulary: FakeVocabulary): TokenLogprob {
  const all = [token, ...Array.from({ length: top }, (_, place) => vocabulary.idOf(` ~${place + 1}`))]
  const chances = all.map((each, place) => chanceOf(each, place, vocabulary))
  return { ...chanceOf(token, 0, vocabulary), top: chances.slice(0, top) }
}

function chanceOf(token: number, place: number, vocabulary: FakeVocabulary): TokenChance {
  const text = vocabulary.textOf(token)
  return { token, text, bytes: vocabulary.piece(token).bytes, logprob: (place + 1) * Math.log(0.5) }
}

/** A prompt, said again. */
export function promptText(
  tokens: readonly number[],
  { logprobs }: GenerationRequest,
  vocabulary: FakeVocabulary,
): GenerationEvent {
  const text = tokens.map((token) => vocabulary.textOf(token)).join('')
  if (!logprobs) return { type: 'prompt-text', text }
  return {
    type: 'prompt-text',
    text,
    logprobs: tokens.map((token, place) => {
      const chances = fakeChances(token, logprobs.top, vocabulary)
      return place === 0 ? { ...chances, logprob: null, top: [] } : chances
    }),
  }
}
