import { describe, expect, test } from 'bun:test'
import { toGeneration } from './chat-completions.ts'
import type { ChatCompletionRequest } from './chat-completions.wire.ts'

const defaults = { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 }
const model = { id: 'm', defaults }
const messages = [{ role: 'user' as const, content: 'hi' }]
const read = (body: Partial<ChatCompletionRequest>, limit?: number) =>
  toGeneration(
    { messages, ...body },
    limit === undefined ? model : { ...model, defaults: { ...defaults, maxTokens: limit } },
  )

describe('a request', () => {
  test('takes what it leaves open from the defaults of the model', () => {
    expect(read({}, 512)).toEqual({
      prompt: { type: 'messages', messages },
      stop: [],
      sampling: defaults,
      maxTokens: 512,
    })
  })

  test('goes before the defaults; null is as good as absent', () => {
    const body = { temperature: 0, top_p: null, top_k: 0, min_p: 0, max_tokens: 3, stop: 'x', seed: 7 }
    expect(read(body, 512)).toMatchObject({
      maxTokens: 3,
      stop: ['x'],
      sampling: { temperature: 0, topP: 0.95, topK: 0, minP: 0, seed: 7 },
    })
  })

  test('all names of the limit are one, and -1 lifts the default limit', () => {
    expect(read({ max_tokens: 3, max_completion_tokens: 5 }).maxTokens).toBe(5)
    expect(read({ n_predict: 4 }).maxTokens).toBe(4)
    expect(read({ max_tokens: 3, n_predict: 4 }).maxTokens).toBe(3)
    expect(read({ max_tokens: -1 }, 9).maxTokens).toBeUndefined()
    expect(read({ max_tokens: null, options: { num_predict: 6 } }, 9).maxTokens).toBe(6)
    expect(read({ options: { num_predict: -2 } }, 9).maxTokens).toBeUndefined()
  })

  test("Ollama's options count where nothing is said beside them", () => {
    const options = { temperature: 0.1, num_ctx: 2048, repeat_penalty: 1.2, stop: ['a'] }
    expect(read({ options, temperature: 0.5 })).toMatchObject({
      contextSize: 2048,
      stop: ['a'],
      sampling: { temperature: 0.5, repeatPenalty: { penalty: 1.2, lastTokens: 64 } },
    })
  })

  test('asks for logprobs, and refuses their number without them', () => {
    expect(read({}).logprobs).toBeUndefined()
    expect(read({ logprobs: true }).logprobs).toEqual({ top: 0 })
    expect(read({ logprobs: true, top_logprobs: 20 }).logprobs).toEqual({ top: 20 })
    expect(() => read({ top_logprobs: 2 })).toThrow("'top_logprobs': it needs 'logprobs'")
    expect(() => read({ logprobs: false, top_logprobs: 0 })).toThrow("'top_logprobs'")
  })

  test('continues a last message of the assistant, unless it says otherwise', () => {
    const prefilled = [...messages, { role: 'assistant' as const, content: 'He' }]
    const continues = (body: Partial<ChatCompletionRequest>) => {
      const { prompt } = read({ messages: prefilled, ...body })
      return prompt.type === 'messages' && prompt.continuesLast === true
    }
    expect(continues({})).toBe(true)
    expect(continues({ continue_final_message: true, add_generation_prompt: false })).toBe(true)
    expect(continues({ continue_final_message: false })).toBe(false)
    expect(continues({ add_generation_prompt: true })).toBe(false)
    expect(continues({ messages })).toBe(false)
    expect(() => continues({ continue_final_message: true, add_generation_prompt: true })).toThrow('a new turn begins')
    expect(() => continues({ messages, continue_final_message: true })).toThrow('not of the assistant')
    expect(() => continues({ messages, add_generation_prompt: false })).toThrow("'add_generation_prompt' is not supp")
  })

  test('hands variables to the template, but not those that it is made of itself', () => {
    const { prompt } = read({ chat_template_kwargs: { enable_thinking: false } })
    expect(prompt).toMatchObject({ templateArguments: { enable_thinking: false } })
    expect(() => read({ chat_template_kwargs: { messages: [] } })).toThrow("'chat_template_kwargs.messages'")
  })

  test('refuses stream options without a stream, and long names in the metadata', () => {
    expect(() => read({ stream_options: { include_usage: true } })).toThrow("it needs 'stream': true")
    expect(() => read({ metadata: { ['x'.repeat(65)]: '' } })).toThrow("'metadata'")
    expect(() => read({ metadata: { ['x'.repeat(64)]: '' } })).not.toThrow()
  })

  const wouldMatter = {
    audio: { voice: 'x' },
    web_search_options: {},
    moderation: { model: 'x' },
    chat_template: 'x',
    mirostat: 2,
    typical_p: 0.5,
    min_tokens: 3,
    guided_whitespace_pattern: ' ',
    stop_token_ids: [1],
    transforms: ['middle-out'],
    extra_body: { top_k: 1 },
  }
  for (const [param, value] of Object.entries(wouldMatter))
    test(`is refused when ${param} would change the answer`, () => {
      expect(() => read({ [param]: value })).toThrow(`'${param}' is not supported here`)
    })

  test('is let through when such parameters change nothing', () => {
    const harmless = { mirostat: 0, typical_p: 1, stop_token_ids: [], transforms: [], extra_body: {}, audio: null }
    expect(() => read({ ...harmless, tools: [], tool_choice: 'none', response_format: { type: 'text' } })).not.toThrow()
  })
})
