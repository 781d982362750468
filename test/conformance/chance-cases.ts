import { expect, test } from 'bun:test'
import type { GenerationEvent, TokenLogprob } from '../../src/core/generation.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { failure, generate, requestOf } from './generate.ts'

const chancesOf = (events: readonly GenerationEvent[]): readonly TokenLogprob[] =>
  events.flatMap((event) => (event.type === 'text-delta' ? (event.logprobs ?? []) : []))

const promptOf = (events: readonly GenerationEvent[]) =>
  events.flatMap((event) => (event.type === 'prompt-text' ? [event] : []))

export function chanceCases(model: () => LoadedModel) {
  test('chances of tokens come with their text, the likeliest first, and are none unless asked for', async () => {
    const request = requestOf('one two three four five six seven')
    expect(chancesOf((await generate(model(), request)).events)).toEqual([])
    const { events, text } = await generate(model(), { ...request, logprobs: { top: 3 } })
    const chances = chancesOf(events)
    expect(chances.map((chance) => Buffer.from(chance.bytes).toString()).join('')).toBe(text)
    for (const { logprob, token, top } of chances) {
      expect(logprob).toBeLessThanOrEqual(0)
      expect(top.length).toBe(3)
      expect(top.map((each) => each.logprob)).toEqual(top.map((each) => each.logprob).sort((a, b) => b - a))
      // Temperature 0 takes the likeliest.
      expect(top[0]).toMatchObject({ token, logprob })
    }
  })

  test('none of the likeliest are told where only the chances of the text are asked for', async () => {
    const { events } = await generate(model(), requestOf('one two three', { logprobs: { top: 0 } }))
    expect(chancesOf(events).length).toBeGreaterThan(0)
    expect(chancesOf(events).every(({ top }) => top.length === 0)).toBe(true)
  })

  test('a prompt is repeated once, first, and alone where nothing is to be generated', async () => {
    const prompt = { type: 'text', text: 'one two three' } as const
    const request = requestOf('', { prompt, repeatsPrompt: true, maxTokens: 0 })
    const { events, reason, usage } = await generate(model(), request)
    expect(events.filter(({ type }) => type !== 'prompt-progress').map(({ type }) => type)).toEqual([
      'prompt-text',
      'generation-end',
    ])
    expect(promptOf(events)[0]).toEqual({ type: 'prompt-text', text: 'one two three' })
    expect(reason).toBe('length')
    expect(usage.completionTokens).toBe(0)
    const more = await generate(model(), { ...request, maxTokens: 4 })
    expect(more.events.findIndex(({ type }) => type === 'prompt-text')).toBeLessThan(
      more.events.findIndex(({ type }) => type === 'text-delta'),
    )
  })

  test('the tokens of a repeated prompt have chances, all but the first', async () => {
    const prompt = { type: 'text', text: 'one two three four' } as const
    const request = requestOf('', { prompt, repeatsPrompt: true, maxTokens: 2, logprobs: { top: 2 } })
    // The second time the prompt is known already, and is read again for its chances.
    for (let round = 0; round < 2; round++) {
      const { events } = await generate(model(), request)
      const [first, ...others] = promptOf(events)[0]?.logprobs ?? []
      expect(first).toMatchObject({ logprob: null, top: [] })
      expect(others.length).toBeGreaterThan(2)
      for (const { logprob, top } of others) {
        expect(logprob).toBeLessThanOrEqual(0)
        expect(top.length).toBe(2)
      }
      expect([first, ...others].map((each) => each?.text).join('')).toBe('one two three four')
    }
  })

  test('a bias for a token that does not exist is refused', async () => {
    const sampling = { ...requestOf('').sampling, logitBias: [[99_999_999, 1] as const] }
    const error = await failure(generate(model(), requestOf('one', { sampling })))
    expect(error).toMatchObject({ code: 'invalid_parameter', param: 'logit_bias' })
  })
}
