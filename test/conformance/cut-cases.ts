import { describe, expect, test } from 'bun:test'
import { ServerError } from '../../src/core/errors.ts'
import type { ModelEntry } from '../../src/core/model.ts'
import type { LoadedModel, Runtime } from '../../src/core/runtime.ts'
import { failure, never, requestOf } from './generate.ts'

interface CutUnderTest {
  readonly name: string
  /** Slow: what the tests ask for is still running when they go on. */
  readonly runtime: Runtime
  readonly chat: ModelEntry
  readonly embedding: ModelEntry
}

/** What `LoadedModel.cut` promises, for runtimes that have it. */
export function cutCases({ name, runtime, chat, embedding }: CutUnderTest): void {
  const error = new ServerError('model_unloaded', { model: chat.id })
  const long = requestOf('one two three four five six seven eight nine ten')
  const collect = (model: LoadedModel) => Array.fromAsync(model.generate?.(long, never()) ?? [])

  describe(`a model of the runtime ${name} that is cut`, () => {
    test('fails what it is writing, what it has yet to begin and what is asked later, and has no crash', async () => {
      const model = await runtime.load(chat, { signal: never() })
      const begun = Promise.withResolvers<void>()
      const writing = (async () => {
        for await (const _ of model.generate?.(long, never()) ?? []) begun.resolve()
      })()
      const writingFailure = failure(writing)
      await begun.promise
      const beginning = failure(collect(model))
      await model.cut?.(error)
      for (const failed of [writingFailure, beginning, failure(collect(model))])
        expect(await failed).toMatchObject({ code: 'model_unloaded' })
      const late = model.tokenize('one', { addsSpecial: false, readsSpecial: false }, never())
      expect(await failure(late)).toMatchObject({ code: 'model_unloaded' })
      expect(await model.closed).toBeUndefined()
    })

    test('fails texts that are being embedded', async () => {
      const model = await runtime.load(embedding, { signal: never() })
      const failed = failure(Promise.resolve(model.embed?.(['one two three'], {}, never())))
      await model.cut?.(error)
      expect(await failed).toMatchObject({ code: 'model_unloaded' })
    })
  })
}
