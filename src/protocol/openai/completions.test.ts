import { expect, test } from 'bun:test'
import type { GenerationEvent, Usage } from '../../core/generation.ts'
import { fromWholes, toChunks, toGenerations } from './completions.ts'

const defaults = { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 }
const head = { id: 'cmpl-1', created: 1, model: 'm', fingerprint: 'hearth-1' }
const usage: Usage = {
  promptTokens: 2,
  cachedTokens: 1,
  completionTokens: 3,
  reasoningTokens: 0,
  forcedTokens: 0,
  draftedTokens: 0,
  acceptedTokens: 0,
  promptMilliseconds: 1,
  generationMilliseconds: 1,
}
const promptsOf = (prompt: Parameters<typeof toGenerations>[0]['prompt']) =>
  toGenerations({ prompt }, defaults).map((request) => request.prompt)

test('each form of a prompt becomes one generation a prompt, in order', () => {
  expect(promptsOf('a')).toEqual([{ type: 'text', text: 'a' }])
  expect(promptsOf(['a', 'b'])).toEqual([
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ])
  expect(promptsOf([1, 2])).toEqual([{ type: 'tokens', tokens: [1, 2] }])
  expect(promptsOf([[1], [2, 3]])).toEqual([
    { type: 'tokens', tokens: [1] },
    { type: 'tokens', tokens: [2, 3] },
  ])
})

test('without max_tokens the configured limit holds, and without that none', () => {
  expect(toGenerations({ prompt: 'a' }, { ...defaults, maxTokens: 5 })[0]?.maxTokens).toBe(5)
  expect(toGenerations({ prompt: 'a' }, defaults)[0]?.maxTokens).toBeUndefined()
})

for (const [param, value] of Object.entries({ echo: true, suffix: 'x', best_of: 2, n: 3, logprobs: 0 }))
  test(`${param} is refused when it would change the answer`, () => {
    expect(() => toGenerations({ prompt: 'a', [param]: value }, defaults)).toThrow(`'${param}' is not supported here`)
  })

test('a whole answer has a choice for each prompt and the counts of all', () => {
  const wholes = [
    { text: 'a', reason: 'stop' as const, usage },
    { text: 'b', reason: 'length' as const, usage },
  ]
  const reply = fromWholes(wholes, head)
  expect(reply.choices.map(({ index, text, finish_reason }) => [index, text, finish_reason])).toEqual([
    [0, 'a', 'stop'],
    [1, 'b', 'length'],
  ])
  expect(reply.usage).toMatchObject({ prompt_tokens: 4, completion_tokens: 6, total_tokens: 10 })
})

test('a streamed answer goes through the prompts in order and ends with the counts of all', async () => {
  async function* one(text: string): AsyncGenerator<GenerationEvent> {
    yield { type: 'text-delta', text }
    yield { type: 'generation-end', reason: 'stop', usage }
  }
  async function* both() {
    yield one('a')
    yield one('b')
  }
  const seen = []
  for await (const chunk of toChunks(both(), head, true)) seen.push(chunk)
  expect(
    seen.map(({ choices }) => choices.map(({ index, text, finish_reason }) => [index, text, finish_reason])),
  ).toEqual([[[0, 'a', null]], [[0, '', 'stop']], [[1, 'b', null]], [[1, '', 'stop']], []])
  expect(seen.at(-1)?.usage).toMatchObject({ prompt_tokens: 4, completion_tokens: 6 })
})
