import { expect, test } from 'bun:test'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { failure, generate, never, requestOf } from './generate.ts'

const plain = { addsSpecial: false, readsSpecial: false }

export function textCases(model: () => LoadedModel) {
  test('a text and its tokens are the same both ways', async () => {
    const text = 'Hello wörld, 日本 👩‍👧 and\n  more.'
    const pieces = await model().tokenize(text, plain, never())
    expect(pieces.length).toBeGreaterThan(3)
    expect(Buffer.from(pieces.flatMap(({ bytes }) => bytes)).toString()).toBe(text)
    const tokens = pieces.map(({ token }) => token)
    expect(await model().detokenize(tokens, never())).toBe(text)
  })

  test('no token is one that does not exist', async () => {
    const error = await failure(model().detokenize([99_999_999], never()))
    expect(error).toMatchObject({ code: 'invalid_parameter', param: 'tokens' })
    expect(await model().tokenize('', plain, never())).toEqual([])
    expect(await model().detokenize([], never())).toBe('')
  })

  test('a prompt is rendered as it is read', async () => {
    const messages = [{ role: 'user', content: 'one two three' }] as const
    const rendered = await model().render?.({ type: 'messages', messages }, undefined, never())
    expect(rendered?.text).toContain('one two three')
    const { usage } = await generate(model(), requestOf('one two three', { maxTokens: 1 }))
    expect(rendered?.tokens.length).toBe(usage.promptTokens)
  })

  test('tokens are counted beside a running generation, without a slot', async () => {
    const { maxTokens: _, ...unlimited } = requestOf('Tell a story about a cat. '.repeat(10))
    const controller = new AbortController()
    const running = Array.from({ length: model().facts.slots }, () => generate(model(), unlimited, controller.signal))
    expect((await model().tokenize('one two three', plain, never())).length).toBeGreaterThan(2)
    controller.abort()
    await Promise.all(running)
  })

  test('calls that were aborted before they began reject with the reason', async () => {
    const gone = () => AbortSignal.abort(new Error('gone'))
    const messages = [{ role: 'user', content: 'one' }] as const
    for (const work of [
      model().tokenize('one', plain, gone()),
      model().detokenize([], gone()),
      model().render?.({ type: 'messages', messages }, undefined, gone()) ?? Promise.resolve(),
    ])
      expect((await failure(work)).message).toBe('gone')
  })
}
