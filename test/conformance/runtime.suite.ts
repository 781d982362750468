import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ServerError } from '../../src/core/errors.ts'
import type { GenerationEvent, GenerationRequest, Usage } from '../../src/core/generation.ts'
import type { ModelEntry } from '../../src/core/model.ts'
import type { LoadedModel, Runtime } from '../../src/core/runtime.ts'

/** What a runtime brings to be tested. */
export interface RuntimeUnderTest {
  readonly name: string
  readonly runtime: Runtime
  /** With 4 slots of at most 1,024 tokens. */
  readonly chat: ModelEntry
  readonly embedding: ModelEntry
}

const never = () => new AbortController().signal

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

const failure = (work: Promise<unknown>): Promise<ServerError> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: ServerError) => error,
  )

/** Every promise of `core/runtime.ts`, for any runtime. */
export function runtimeSuite({ name, runtime, chat, embedding }: RuntimeUnderTest): void {
  describe(`the runtime ${name}`, () => {
    let model: LoadedModel
    let embedder: LoadedModel
    beforeAll(async () => {
      model = await runtime.load(chat, { signal: never() })
      embedder = await runtime.load(embedding, { signal: never() })
    })
    afterAll(async () => {
      await model?.[Symbol.asyncDispose]()
      await embedder?.[Symbol.asyncDispose]()
      expect(await model.closed).toBeUndefined()
    })

    test('accepts what it loads, and estimates it', () => {
      expect(runtime.accepts(chat)).toBe(true)
      expect(runtime.estimateBytes(chat)).toBeGreaterThan(0)
      expect(model.facts.slots).toBe(4)
    })

    generationCases(() => model)
    abortCases(() => model)
    embeddingCases(() => embedder)

    test('a load that is aborted rejects with the reason', async () => {
      const controller = new AbortController()
      const loading = runtime.load(chat, { signal: controller.signal })
      controller.abort(new Error('no longer wanted'))
      expect((await failure(loading)).message).toBe('no longer wanted')
    })
  })
}

function generationCases(model: () => LoadedModel) {
  test('ends with exactly one end, and no text is empty', async () => {
    const { events, texts } = await generate(model(), requestOf('Say hello to the world and to all the people in it'))
    expect(events.filter(({ type }) => type === 'generation-end').length).toBe(1)
    expect(texts.length).toBeGreaterThan(0)
    expect(texts).not.toContain('')
  })

  test('stops at maxTokens, and counts exactly', async () => {
    const { reason, usage } = await generate(model(), requestOf('one two three four five six seven', { maxTokens: 3 }))
    expect(reason).toBe('length')
    expect(usage.completionTokens).toBe(3)
    expect(usage.promptTokens).toBeGreaterThan(0)
    expect(usage.cachedTokens).toBeLessThan(usage.promptTokens)
  })

  test('temperature 0 says the same each time', async () => {
    const request = requestOf('one two three four five six seven')
    const first = await generate(model(), request)
    expect((await generate(model(), request)).text).toBe(first.text)
  })

  test('a stop text ends the answer and is not part of it', async () => {
    const whole = await generate(model(), requestOf('one two three four five six seven'))
    const stop = whole.text.trim().split(/\s+/)[3] ?? ''
    const cut = await generate(model(), requestOf('one two three four five six seven', { stop: ['never said', stop] }))
    expect(cut.reason).toBe('stop')
    expect(cut.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)))
  })

  test('refuses a prompt that does not fit, with both numbers, before any event', async () => {
    const long = requestOf('word '.repeat(5000))
    const error = await failure(generate(model(), long))
    expect(error).toMatchObject({ code: 'context_length_exceeded', status: 400 })
    const { limit, prompt } = error.facts as unknown as { limit: number; prompt: number }
    expect(limit).toBe(model().facts.contextSize)
    expect(prompt).toBeGreaterThan(limit)
  })

  test('runs in all slots at once, each request for itself', async () => {
    const texts = ['alpha beta gamma', 'red green blue yellow', 'one two three four five', 'north south east west']
    const together = await Promise.all(texts.map((text) => generate(model(), requestOf(text))))
    for (const [index, { text }] of together.entries()) {
      const alone = await generate(model(), requestOf(texts[index] ?? ''))
      // Batches of other sizes round differently, so that two tokens that tie may change places later on.
      expect(text.slice(0, 16)).toBe(alone.text.slice(0, 16))
    }
  })
}

function abortCases(model: () => LoadedModel) {
  test('an abort ends a generation, and all slots are free again', async () => {
    const controller = new AbortController()
    const { maxTokens: _, ...unlimited } = requestOf('Tell a story about a cat. '.repeat(10))
    let end: GenerationEvent | undefined
    for await (const event of model().generate?.(unlimited, controller.signal) ?? []) {
      controller.abort()
      end = event
    }
    expect(end).toMatchObject({ type: 'generation-end', reason: 'aborted' })
    const all = Array.from({ length: model().facts.slots }, (_, index) =>
      generate(model(), requestOf(`Number ${index} please`)),
    )
    expect((await Promise.all(all)).every(({ reason }) => reason !== 'aborted')).toBe(true)
  })

  test('a generation that was aborted before it began ends at once', async () => {
    const { reason, text } = await generate(model(), requestOf('one two three'), AbortSignal.abort())
    expect(reason).toBe('aborted')
    expect(text).toBe('')
  })

  test('who stops reading frees the slot too', async () => {
    for (let round = 0; round < model().facts.slots + 1; round++)
      for await (const _ of model().generate?.(requestOf('one two three four'), never()) ?? []) break
    expect((await generate(model(), requestOf('one two three four'))).reason).not.toBe('aborted')
  })
}

function embeddingCases(model: () => LoadedModel) {
  test('embeds in order, with vectors of length 1', async () => {
    const texts = ['a cat', 'a dog', 'a house by the sea']
    const together = await model().embed?.(texts, {}, never())
    expect(together?.vectors.length).toBe(3)
    for (const [index, vector] of together?.vectors.entries() ?? []) {
      expect(vector.length).toBe(model().facts.embeddingSize ?? 0)
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
      const alone = await model().embed?.([texts[index] ?? ''], {}, never())
      expect(alone?.vectors[0]?.[0]).toBeCloseTo(vector[0] ?? 0, 5)
    }
    expect(together?.promptTokens).toBeGreaterThan(3)
  })

  test('refuses an input that does not fit, and says which', async () => {
    const error = await failure(model().embed?.(['short', 'word '.repeat(5000)], {}, never()) ?? Promise.resolve())
    expect(error.code).toBe('context_length_exceeded')
    expect(error.param).toBe('input[1]')
  })

  test('an aborted embedding rejects with the reason', async () => {
    const aborted = model().embed?.(['a cat'], {}, AbortSignal.abort(new Error('gone'))) ?? Promise.resolve()
    expect((await failure(aborted)).message).toBe('gone')
  })
}
