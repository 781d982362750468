import { describe, expect, test } from 'bun:test'
import type { TokenLogprob, Usage } from '../../core/generation.ts'
import type { NumberedEvent } from './chat-chunks.ts'
import { toTextJobs } from './completions.ts'
import type { CompletionRequest } from './completions.wire.ts'
import { fromTexts, toTextChunks, toTextShape } from './text-answers.ts'
import type { WholeAnswer } from './whole-answer.ts'

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
const jobsOf = (body: Partial<CompletionRequest>) => toTextJobs({ prompt: 'a', ...body }, { defaults })
const promptsOf = (body: Partial<CompletionRequest>) => jobsOf(body).requests.map(({ prompt }) => prompt)
const token = (text: string, logprob = -1, top: readonly string[] = []): TokenLogprob => {
  const chance = (each: string) => ({ token: 1, text: each, bytes: [...new TextEncoder().encode(each)], logprob })
  return { ...chance(text), top: top.map(chance) }
}
const whole = (text: string, logprobs: readonly TokenLogprob[] = []): WholeAnswer => ({
  text,
  reasoning: '',
  calls: [],
  logprobs,
  reason: 'stop',
  usage,
})

describe('a request', () => {
  test('has one generation a prompt and answer, in order, whatever the form of the prompts', () => {
    const text = (each: string) => ({ type: 'text' as const, text: each })
    expect(promptsOf({ prompt: 'a' })).toEqual([text('a')])
    expect(promptsOf({ prompt: ['a', 'b'], n: 2 })).toEqual([text('a'), text('a'), text('b'), text('b')])
    expect(promptsOf({ prompt: [1, 2] })).toEqual([{ type: 'tokens', tokens: [1, 2] }])
    expect(promptsOf({ prompt: [[1], [2, 3]] })).toEqual([
      { type: 'tokens', tokens: [1] },
      { type: 'tokens', tokens: [2, 3] },
    ])
  })

  test('without max_tokens is limited as configured, or not at all; 0 generates nothing', () => {
    expect(toTextJobs({ prompt: 'a' }, { defaults: { ...defaults, maxTokens: 5 } }).requests[0]?.maxTokens).toBe(5)
    expect(jobsOf({}).requests[0]?.maxTokens).toBeUndefined()
    expect(jobsOf({ max_tokens: 0, echo: true }).requests[0]).toMatchObject({ maxTokens: 0, repeatsPrompt: true })
  })

  test('asks for chances when they are to be told, or when the best answers are to be found', () => {
    expect(jobsOf({ logprobs: 0 }).requests[0]?.logprobs).toEqual({ top: 0 })
    expect(jobsOf({ logprobs: 5 }).requests[0]?.logprobs).toEqual({ top: 5 })
    expect(jobsOf({}).requests[0]?.logprobs).toBeUndefined()
    expect(jobsOf({ best_of: 3, n: 2 })).toMatchObject({ tries: 3, kept: 2, prompts: 1 })
    expect(jobsOf({ best_of: 3 }).requests.map((request) => request.logprobs)).toEqual(Array(3).fill({ top: 0 }))
    expect(jobsOf({ best_of: 2, n: 2 }).requests[0]?.logprobs).toBeUndefined()
  })

  test('with a suffix fills a gap; an empty one is none', () => {
    expect(promptsOf({ prompt: 'a', suffix: 'z' })).toEqual([{ type: 'infill', prefix: 'a', suffix: 'z' }])
    expect(promptsOf({ prompt: 'a', suffix: '' })).toEqual([{ type: 'text', text: 'a' }])
  })

  test('may hold the text to a grammar or a schema', () => {
    expect(jobsOf({ grammar: 'root ::= "a"' }).requests[0]?.format).toEqual({
      type: 'grammar',
      grammar: 'root ::= "a"',
    })
    expect(jobsOf({ json_schema: {} }).requests[0]?.format).toEqual({ type: 'json-schema', schema: {} })
  })

  const refused: readonly [Partial<CompletionRequest>, param: string, why: string][] = [
    [{ best_of: 1, n: 2 }, 'best_of', 'not be less than'],
    [{ best_of: 2, stream: true }, 'best_of', 'cannot be streamed'],
    [{ prompt: Array(100).fill('a'), n: 2 }, 'n', 'more than 128 generations'],
    [{ prompt: [1], suffix: 'z' }, 'suffix', 'not token ids'],
    [{ echo: true, suffix: 'z' }, 'suffix', "'echo'"],
    [{ stream_options: {} }, 'stream_options', "'stream'"],
  ]
  for (const [body, param, why] of refused)
    test(`${param} is refused: ${why}`, () => {
      expect(() => jobsOf(body)).toThrow(why)
      expect(() => jobsOf(body)).toThrow(expect.objectContaining({ code: 'invalid_parameter', param }))
    })
})

describe('a whole answer', () => {
  const answer = (body: Partial<CompletionRequest>, wholes: readonly WholeAnswer[]) =>
    fromTexts(wholes, jobsOf(body), { head, shape: toTextShape({ prompt: 'a', ...body }) })

  test('has the choices of each prompt in order; each prompt counts once', () => {
    const reply = answer(
      { prompt: ['a', 'b'], n: 2 },
      ['1', '2', '3', '4'].map((text) => whole(text)),
    )
    expect(reply.choices.map(({ index, text }) => [index, text])).toEqual([
      [0, '1'],
      [1, '2'],
      [2, '3'],
      [3, '4'],
    ])
    expect(reply.usage).toMatchObject({ prompt_tokens: 4, completion_tokens: 12, total_tokens: 16 })
  })

  test('keeps the best of each prompt, and counts all', () => {
    const wholes = [
      whole('bad', [token('x', -9)]),
      whole('good', [token('x', -1)]),
      whole('empty'),
      whole('fair', [token('x', -2), token('y', -4)]),
    ]
    const reply = answer({ best_of: 4, n: 2 }, wholes)
    expect(reply.choices.map(({ index, text }) => [index, text])).toEqual([
      [0, 'good'],
      [1, 'fair'],
    ])
    expect(reply.choices[0]?.logprobs).toBeNull()
    expect(reply.usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 12 })
  })

  test('tells chances in the old shape, the prompt before the text, with offsets in characters', () => {
    const prompt = {
      type: 'prompt-text' as const,
      text: 'Hé',
      logprobs: [{ ...token('H'), logprob: null }, token('é', -3, ['e', 'é'])],
    }
    const reply = answer({ echo: true, logprobs: 2 }, [{ ...whole('!', [token('!', -0.5, ['?', '.'])]), prompt }])
    expect(reply.choices[0]).toMatchObject({
      text: 'Hé!',
      logprobs: {
        tokens: ['H', 'é', '!'],
        token_logprobs: [null, -3, -0.5],
        top_logprobs: [null, { e: -3, é: -3 }, { '?': -0.5, '.': -0.5, '!': -0.5 }],
        text_offset: [0, 1, 2],
      },
    })
  })

  test('tells no likeliest tokens where none are asked for', () => {
    expect(answer({ logprobs: 0 }, [whole('!', [token('!')])]).choices[0]?.logprobs).toEqual({
      tokens: ['!'],
      token_logprobs: [-1],
      top_logprobs: null,
      text_offset: [0],
    })
  })
})

describe('a streamed answer', () => {
  const stream = (body: Partial<CompletionRequest>, events: readonly NumberedEvent[]) => {
    const numbered = (async function* () {
      yield* events
    })()
    return Array.fromAsync(toTextChunks(numbered, jobsOf(body), { head, shape: toTextShape({ prompt: 'a', ...body }) }))
  }
  const end = { type: 'generation-end', reason: 'length', usage } as const

  test('has text and end of each choice, and one usage at the end', async () => {
    const chunks = await stream({ prompt: ['a', 'b'], stream: true, stream_options: { include_usage: true } }, [
      { index: 1, event: { type: 'text-delta', text: 'x' } },
      { index: 0, event: { type: 'text-delta', text: 'y' } },
      { index: 1, event: end },
      { index: 0, event: end },
    ])
    expect(
      chunks.map((chunk) => [chunk.choices[0]?.index, chunk.choices[0]?.text, chunk.choices[0]?.finish_reason]),
    ).toEqual([
      [1, 'x', null],
      [0, 'y', null],
      [1, '', 'length'],
      [0, '', 'length'],
      [undefined, undefined, undefined],
    ])
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 4, completion_tokens: 6 })
  })

  test('goes on counting offsets from chunk to chunk, the prompt first', async () => {
    const chunks = await stream({ stream: true, echo: true, logprobs: 0 }, [
      { index: 0, event: { type: 'prompt-text', text: 'ab', logprobs: [{ ...token('ab'), logprob: null }] } },
      { index: 0, event: { type: 'text-delta', text: 'cd', logprobs: [token('c'), token('d')] } },
      { index: 0, event: end },
    ])
    expect(chunks.map((chunk) => chunk.choices[0]?.logprobs?.text_offset)).toEqual([[0], [2, 3], undefined])
  })

  test('that stops without its end is a bug', async () => {
    await expect(stream({ stream: true }, [])).rejects.toThrow('This is a bug.')
  })
})
