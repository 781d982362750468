import { describe, expect, test } from 'bun:test'
import type { GenerationEvent, Usage } from '../../core/generation.ts'
import { fromWhole, toChunks, toGeneration } from './chat-completions.ts'

const defaults = { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 }
const messages = [{ role: 'user' as const, content: 'hi' }]
const head = { id: 'chatcmpl-1', created: 1, model: 'm', fingerprint: 'hearth-1' }
const usage: Usage = {
  promptTokens: 10,
  cachedTokens: 4,
  completionTokens: 6,
  reasoningTokens: 0,
  forcedTokens: 0,
  draftedTokens: 5,
  acceptedTokens: 3,
  promptMilliseconds: 20,
  generationMilliseconds: 3000,
}

async function* generation(...texts: string[]): AsyncGenerator<GenerationEvent> {
  yield { type: 'prompt-progress', done: 5, total: 10 }
  for (const text of texts) yield { type: 'text-delta', text }
  yield { type: 'generation-end', reason: 'length', usage }
}
const collect = async <Item>(items: AsyncIterable<Item>) => {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('a request', () => {
  test('takes what it leaves open from the defaults of the model', () => {
    expect(toGeneration({ messages }, { ...defaults, maxTokens: 512 })).toEqual({
      prompt: { type: 'messages', messages },
      stop: [],
      sampling: defaults,
      maxTokens: 512,
    })
  })

  test('goes before the defaults; null is as good as absent', () => {
    const body = { messages, temperature: 0, top_p: null, top_k: 0, min_p: 0, max_tokens: 3, stop: 'x', seed: 7 }
    expect(toGeneration(body, { ...defaults, maxTokens: 512 })).toMatchObject({
      maxTokens: 3,
      stop: ['x'],
      sampling: { temperature: 0, topP: 0.95, topK: 0, minP: 0, seed: 7 },
    })
  })

  test('max_completion_tokens goes before max_tokens, and -1 lifts the default limit', () => {
    expect(toGeneration({ messages, max_tokens: 3, max_completion_tokens: 5 }, defaults).maxTokens).toBe(5)
    expect(toGeneration({ messages, max_tokens: -1 }, { ...defaults, maxTokens: 9 }).maxTokens).toBeUndefined()
  })

  test('top_p 0 keeps the likeliest token alone', () => {
    const { topP } = toGeneration({ messages, top_p: 0 }, defaults).sampling
    expect(topP).toBeGreaterThan(0)
    expect(topP).toBeLessThan(0.001)
  })

  test('any whole seed becomes 32 bits, always the same, and -1 is no seed', () => {
    const seedOf = (seed: number) => toGeneration({ messages, seed }, defaults).sampling.seed
    expect(seedOf(2 ** 32 + 7)).toBe(7)
    expect(seedOf(-2)).toBe(2 ** 32 - 2)
    expect(seedOf(1.5e300)).toBe(seedOf(1.5e300))
    expect(seedOf(-1)).toBeUndefined()
    expect(seedOf(2 ** 32 - 1)).toBe(2 ** 32 - 2)
  })

  test('text parts are joined, and an assistant message may be empty', () => {
    const parts = [
      { type: 'text' as const, text: 'a' },
      { type: 'text' as const, text: 'b' },
    ]
    const { prompt } = toGeneration(
      {
        messages: [
          { role: 'user', content: parts, name: 'Ada' },
          { role: 'assistant', content: null },
        ],
      },
      defaults,
    )
    expect(prompt).toEqual({
      type: 'messages',
      messages: [
        { role: 'user', content: 'ab', name: 'Ada' },
        { role: 'assistant', content: '' },
      ],
    })
  })

  const wouldMatter = {
    n: 2,
    tools: [{}],
    tool_choice: 'required',
    functions: [{}],
    function_call: { name: 'f' },
    response_format: { type: 'json_object' },
    logprobs: true,
    top_logprobs: 2,
    logit_bias: { 50256: -100 },
    frequency_penalty: 0.5,
    presence_penalty: -1,
    modalities: ['text', 'audio'],
    audio: { voice: 'x' },
    web_search_options: {},
  }
  for (const [param, value] of Object.entries(wouldMatter))
    test(`is refused when ${param} would change the answer`, () => {
      expect(() => toGeneration({ messages, [param]: value }, defaults)).toThrow(`'${param}' is not supported here`)
    })

  test('is let through when such parameters change nothing', () => {
    const body = { messages, n: 1, tools: [], tool_choice: 'none', response_format: { type: 'text' }, logprobs: false }
    expect(() => toGeneration(body, defaults)).not.toThrow()
  })
})

describe('a whole answer', () => {
  test('carries exact counts, drafted ones included', () => {
    const reply = fromWhole({ text: 'hello', reason: 'stop', usage }, head)
    expect(reply.choices[0]).toMatchObject({ message: { content: 'hello', refusal: null }, finish_reason: 'stop' })
    expect(reply.usage).toEqual({
      prompt_tokens: 10,
      completion_tokens: 6,
      total_tokens: 16,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: {
        reasoning_tokens: 0,
        accepted_prediction_tokens: 3,
        rejected_prediction_tokens: 2,
      },
    })
    expect(reply.timings).toMatchObject({ prompt_ms: 20, predicted_ms: 3000, predicted_per_second: 2, draft_n: 5 })
  })

  test('of an aborted generation is none', () => {
    expect(() => fromWhole({ text: '', reason: 'aborted', usage }, head)).toThrow('The client left')
  })
})

describe('a streamed answer', () => {
  test('is the role, the text, the reason and the timings', async () => {
    const chunks = await collect(toChunks(generation('a', 'b'), head, false))
    expect(chunks.map((chunk) => chunk.choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '', refusal: null },
      { content: 'a' },
      { content: 'b' },
      {},
    ])
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, null, 'length'])
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true)
    expect(chunks.at(-1)?.timings?.draft_n_accepted).toBe(3)
  })

  test('has the role even when there is no text', async () => {
    const chunks = await collect(toChunks(generation(), head, false))
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.role)).toEqual(['assistant', undefined])
  })

  test('with usage: null on every chunk, and the counts in a last one without choices', async () => {
    const chunks = await collect(toChunks(generation('a'), head, true))
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true)
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 6 } })
  })

  test('that stops without its end is a bug, not a short answer', async () => {
    const cut = (async function* (): AsyncGenerator<GenerationEvent> {
      yield { type: 'text-delta', text: 'a' }
    })()
    await expect(collect(toChunks(cut, head, false))).rejects.toThrow('This is a bug.')
  })
})
