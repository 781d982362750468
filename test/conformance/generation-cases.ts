import { expect, test } from 'bun:test'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { failure, generate, requestOf } from './generate.ts'

export function generationCases(model: () => LoadedModel) {
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
