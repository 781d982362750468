import { expect, test } from 'bun:test'
import type { GenerationEvent } from '../../src/core/generation.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { generate, never, requestOf } from './generate.ts'

export function abortCases(model: () => LoadedModel) {
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
