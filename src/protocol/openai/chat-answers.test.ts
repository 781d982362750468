import { describe, expect, test } from 'bun:test'
import type { GenerationEvent, TokenLogprob, Usage } from '../../core/generation.ts'
import { type ChatShape, fromWholes, toShape } from './chat-answers.ts'
import { type NumberedEvent, toChunks } from './chat-chunks.ts'
import type { WholeAnswer } from './whole-answer.ts'

const head = { id: 'chatcmpl-1', created: 1, model: 'm', fingerprint: 'hearth-1' }
const shape = toShape({ messages: [] })
const usage: Usage = {
  promptTokens: 10,
  cachedTokens: 4,
  completionTokens: 6,
  reasoningTokens: 2,
  forcedTokens: 1,
  draftedTokens: 5,
  acceptedTokens: 3,
  promptMilliseconds: 20,
  generationMilliseconds: 3000,
}
const whole: WholeAnswer = { text: 'hello', reasoning: '', calls: [], logprobs: [], reason: 'stop', usage }
const calls = [
  { id: 'c1', name: 'f', arguments: '{"a":1}' },
  { id: 'c2', name: 'g', arguments: '{}' },
]
const token = (text: string, top: readonly string[] = []): TokenLogprob => {
  const chance = (each: string) => ({ token: 1, text: each, bytes: [...new TextEncoder().encode(each)], logprob: -0.5 })
  return { ...chance(text), top: top.map(chance) }
}

describe('a whole answer', () => {
  const first = (answer: Partial<WholeAnswer>, how: Partial<ChatShape> = {}) =>
    fromWholes([{ ...whole, ...answer }], head, { ...shape, ...how }).choices[0]

  test('carries exact counts, those of drafts and of thoughts included', () => {
    const reply = fromWholes([whole], head, shape)
    expect(reply.choices[0]).toMatchObject({ message: { content: 'hello', refusal: null }, finish_reason: 'stop' })
    expect(reply.usage).toEqual({
      prompt_tokens: 10,
      completion_tokens: 6,
      total_tokens: 16,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: {
        reasoning_tokens: 2,
        accepted_prediction_tokens: 3,
        rejected_prediction_tokens: 2,
      },
    })
    expect(reply.timings).toMatchObject({
      prompt_ms: 20,
      predicted_ms: 3000,
      predicted_per_second: 2,
      draft_n: 5,
      forced_n: 1,
    })
    expect('service_tier' in reply || 'metadata' in reply).toBe(false)
  })

  test('of several choices counts the prompt once', () => {
    const reply = fromWholes([whole, { ...whole, text: 'bye' }], head, shape)
    expect(reply.choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, 'hello'],
      [1, 'bye'],
    ])
    expect(reply.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 12, total_tokens: 22 })
  })

  test('has its calls, and no content when there is no text', () => {
    const choice = first({ text: '', calls, reason: 'tool-calls' })
    expect(choice?.message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
        { id: 'c2', type: 'function', function: { name: 'g', arguments: '{}' } },
      ],
    })
    expect(choice?.finish_reason).toBe('tool_calls')
    expect(first({ calls })?.message.content).toBe('hello')
  })

  test('has its call in the old form where it was asked so', () => {
    const choice = first({ text: '', calls, reason: 'tool-calls' }, { isOldForm: true })
    expect(choice?.message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      function_call: { name: 'f', arguments: '{"a":1}' },
    })
    expect(choice?.finish_reason).toBe('function_call')
  })

  test('has what was thought apart, unless it is to be left out', () => {
    expect(first({ reasoning: 'hm' })?.message).toMatchObject({ content: 'hello', reasoning_content: 'hm' })
    expect(first({ reasoning: 'hm' }, { hidesReasoning: true })?.message).not.toHaveProperty('reasoning_content')
  })

  test('tells the chances with their bytes', () => {
    const choice = first({ logprobs: [token('hé', ['hé', 'x'])] }, { hasLogprobs: true })
    expect(choice?.logprobs).toEqual({
      content: [
        {
          token: 'hé',
          logprob: -0.5,
          bytes: [104, 195, 169],
          top_logprobs: [
            { token: 'hé', logprob: -0.5, bytes: [104, 195, 169] },
            { token: 'x', logprob: -0.5, bytes: [120] },
          ],
        },
      ],
      refusal: null,
    })
    expect(first({ logprobs: [token('x')] })?.logprobs).toBeNull()
  })

  test('gives the tier and the metadata back', () => {
    const asked = toShape({ messages: [], service_tier: 'flex', metadata: { a: 'b' } })
    expect(fromWholes([whole], head, asked)).toMatchObject({ service_tier: 'default', metadata: { a: 'b' } })
  })

  test('of an aborted generation is none', () => {
    expect(() => first({ reason: 'aborted' })).toThrow('The client left')
  })
})

describe('a streamed answer', () => {
  const end = (reason: 'stop' | 'length' | 'tool-calls' = 'stop'): GenerationEvent => ({
    type: 'generation-end',
    reason,
    usage,
  })
  const stream = async (events: readonly (GenerationEvent | NumberedEvent)[], how: Partial<ChatShape> = {}) => {
    const numbered = (async function* () {
      for (const event of events) yield 'event' in event ? event : { index: 0, event }
    })()
    return Array.fromAsync(toChunks(numbered, head, { ...shape, ...how }))
  }
  const deltas = (chunks: Awaited<ReturnType<typeof stream>>) => chunks.map((chunk) => chunk.choices[0]?.delta)
  const role = { role: 'assistant' as const, content: '', refusal: null }

  test('is the role, the text, the reason and the timings', async () => {
    const chunks = await stream([
      { type: 'prompt-progress', done: 5, total: 10 },
      { type: 'text-delta', text: 'a' },
      { type: 'text-delta', text: 'b' },
      end('length'),
    ])
    expect(deltas(chunks)).toEqual([role, { content: 'a' }, { content: 'b' }, {}])
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, null, 'length'])
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true)
    expect(chunks.at(-1)?.timings?.draft_n_accepted).toBe(3)
  })

  test('has the role even when there is no text', async () => {
    expect(deltas(await stream([end()]))).toEqual([role, {}])
  })

  test('with usage: null on every chunk, and the counts in a last one without choices', async () => {
    const chunks = await stream([{ type: 'text-delta', text: 'a' }, end()], { includesUsage: true })
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true)
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 6 } })
  })

  test('of calls: first the id and the name, then the pieces of the arguments', async () => {
    const events: GenerationEvent[] = [
      { type: 'reasoning-delta', text: 'hm' },
      { type: 'tool-call-start', index: 0, id: 'c1', name: 'f' },
      { type: 'tool-call-delta', index: 0, arguments: '{"a"' },
      { type: 'tool-call-delta', index: 0, arguments: ':1}' },
      { type: 'tool-call-start', index: 1, id: 'c2', name: 'g' },
      end('tool-calls'),
    ]
    const chunks = await stream(events)
    const start = (index: number, id: string, name: string) => ({
      tool_calls: [{ index, id, type: 'function' as const, function: { name, arguments: '' } }],
    })
    expect(deltas(chunks)).toEqual([
      role,
      { reasoning_content: 'hm' },
      start(0, 'c1', 'f'),
      { tool_calls: [{ index: 0, function: { arguments: '{"a"' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] },
      start(1, 'c2', 'g'),
      {},
    ])
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls')
    expect(deltas(await stream(events, { isOldForm: true, hidesReasoning: true }))).toEqual([
      role,
      { function_call: { name: 'f', arguments: '' } },
      { function_call: { arguments: '{"a"' } },
      { function_call: { arguments: ':1}' } },
      {},
    ])
  })

  test('tells the chances beside the text that they are of', async () => {
    const chunks = await stream([{ type: 'text-delta', text: 'a', logprobs: [token('a')] }, end()], {
      hasLogprobs: true,
    })
    expect(chunks.map((chunk) => chunk.choices[0]?.logprobs?.content.length)).toEqual([undefined, 1, undefined])
  })

  test('of several choices: a role and an end for each, and one usage for all', async () => {
    const of = (index: number, event: GenerationEvent): NumberedEvent => ({ index, event })
    const text = (value: string): GenerationEvent => ({ type: 'text-delta', text: value })
    const chunks = await stream([of(1, text('b')), of(0, text('a')), of(1, end()), of(0, text('A')), of(0, end())], {
      includesUsage: true,
      choices: 2,
    })
    expect(chunks.map((chunk) => [chunk.choices[0]?.index, chunk.choices[0]?.delta.content])).toEqual([
      [0, ''],
      [1, ''],
      [1, 'b'],
      [0, 'a'],
      [1, undefined],
      [0, 'A'],
      [0, undefined],
      [undefined, undefined],
    ])
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 12 })
  })

  test('that stops without its end is a bug, not a short answer', async () => {
    await expect(stream([{ type: 'text-delta', text: 'a' }])).rejects.toThrow('This is a bug.')
  })
})
