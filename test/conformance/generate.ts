import type { ServerError } from '../../src/core/errors.ts'
import type { GenerationEvent, GenerationRequest, Usage } from '../../src/core/generation.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'

/** A signal that never aborts. */
export const never = () => new AbortController().signal

/** A request of one message: 16 tokens at most, the likeliest each. */
export const requestOf = (text: string, more: Partial<GenerationRequest> = {}): GenerationRequest => ({
  prompt: { type: 'messages', messages: [{ role: 'user', content: text }] },
  maxTokens: 16,
  stop: [],
  sampling: { temperature: 0, topP: 1, topK: 0, minP: 0 },
  ...more,
})

/** One generation, to its end. */
export async function generate(model: LoadedModel, request: GenerationRequest, signal = never()) {
  const events: GenerationEvent[] = []
  for await (const event of model.generate?.(request, signal) ?? []) events.push(event)
  const end = events.at(-1)
  if (end?.type !== 'generation-end') throw new Error('a generation did not end with its end')
  const texts = events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : []))
  return { events, texts, text: texts.join(''), reason: end.reason, usage: end.usage satisfies Usage }
}

/** The error that the work rejects with; rejects when it does not. */
export const failure = (work: Promise<unknown>): Promise<ServerError> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: ServerError) => error,
  )
