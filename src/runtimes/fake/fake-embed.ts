import { createHash } from 'node:crypto'
import { ServerError } from '../../core/errors.ts'
import type { EmbeddingInput, EmbeddingOptions, EmbeddingResult, RerankResult } from '../../core/generation.ts'
import { type FakeWait, waitAtGate } from './fake-pace.ts'
import { splitTokens } from './fake-tokens.ts'

/** What a fake model is given beside its inputs. */
export interface FakeReading extends FakeWait {
  readonly contextSize: number
  readonly embeddingSize: number
  readonly embedding: EmbeddingOptions
}

/** Vectors of length 1 that are the same for the same input, always and everywhere, and mean nothing. */
export async function fakeEmbed(inputs: readonly EmbeddingInput[], call: FakeReading): Promise<EmbeddingResult> {
  const words = inputs.map((input) => (typeof input === 'string' ? splitTokens(input) : input.map(String)))
  const read = await readInputs(words, call, (place) => (inputs.length > 1 ? `input[${place}]` : 'input'))
  return {
    vectors: read.map((each, place) => {
      const separator = typeof inputs[place] === 'string' ? '' : ' '
      return vectorOf(each.join(separator), call.embeddingSize)
    }),
    promptTokens: read.reduce((sum, each) => sum + each.length, 0),
  }
}

/** The share of the query's words that a document has. */
export async function fakeRerank(
  { query, documents }: { readonly query: string; readonly documents: readonly string[] },
  call: FakeReading,
): Promise<RerankResult> {
  const asked = wordsOf(query)
  const pairs = documents.map((document) => [...splitTokens(query), ...splitTokens(document)])
  const read = await readInputs(pairs, call, (place) => `documents[${place}]`)
  return {
    scores: read.map((each) => {
      const words = wordsOf(each.slice(splitTokens(query).length).join(''))
      return [...asked].filter((word) => words.has(word)).length / Math.max(1, asked.size)
    }),
    promptTokens: read.reduce((sum, each) => sum + each.length, 0),
  }
}

const wordsOf = (text: string) => new Set(text.toLowerCase().match(/\w+/g) ?? [])

async function readInputs(
  inputs: readonly (readonly string[])[],
  call: FakeReading,
  name: (place: number) => string,
): Promise<readonly (readonly string[])[]> {
  const { contextSize: limit, signal } = call
  call.options.onSignal?.(signal)
  signal.throwIfAborted()
  const tooLong = inputs.findIndex((words) => words.length > limit)
  if (tooLong >= 0 && !call.embedding.truncates) {
    const prompt = inputs[tooLong]?.length ?? 0
    throw new ServerError('context_length_exceeded', { param: name(tooLong), limit, prompt })
  }
  await waitAtGate(call, 0)
  signal.throwIfAborted()
  return inputs.map((words) => words.slice(0, limit))
}

function vectorOf(text: string, size: number): Float32Array {
  const numbers = Float32Array.from({ length: size }, (_, place) => {
    const hash = createHash('sha256').update(`${place}:${text}`).digest()
    return hash.readInt32LE() / 2 ** 31
  })
  const length = Math.hypot(...numbers)
  return numbers.map((number) => number / length)
}
