import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ModelEntry } from '../../src/core/model.ts'
import type { LoadedModel, Runtime } from '../../src/core/runtime.ts'
import { abortCases } from './abort-cases.ts'
import { chanceCases } from './chance-cases.ts'
import { embeddingCases } from './embedding-cases.ts'
import { formatCases } from './format-cases.ts'
import { failure, never } from './generate.ts'
import { generationCases } from './generation-cases.ts'
import { rerankCases } from './rerank-cases.ts'
import { textCases } from './text-cases.ts'

/** What a runtime brings to be tested. */
export interface RuntimeUnderTest {
  readonly name: string
  readonly runtime: Runtime
  /** With 4 slots of at most 1,024 tokens. */
  readonly chat: ModelEntry
  readonly embedding: ModelEntry
  /** Absent: rankings are tested elsewhere. */
  readonly reranker?: ModelEntry
}

/** Every promise of `core/runtime.ts`, for any runtime. */
export function runtimeSuite({ name, runtime, chat, embedding, reranker }: RuntimeUnderTest): void {
  describe(`the runtime ${name}`, () => {
    let model: LoadedModel
    let embedder: LoadedModel
    beforeAll(async () => {
      model = await runtime.load(chat, { signal: never() })
      embedder = await runtime.load(embedding, { signal: never() })
    })
    afterAll(async () => {
      await model?.[Symbol.asyncDispose]()
      await embedder?.[Symbol.asyncDispose]()
      expect(await model.closed).toBeUndefined()
    })

    test('accepts what it loads, and estimates it', () => {
      expect(runtime.accepts(chat)).toBe(true)
      expect(runtime.least(chat).mainBytes).toBeGreaterThan(0)
      expect(model.facts.slots).toBe(4)
    })

    generationCases(() => model)
    abortCases(() => model)
    chanceCases(() => model)
    formatCases(() => model)
    textCases(() => model)
    embeddingCases(() => embedder)

    test('a load that is aborted rejects with the reason', async () => {
      const controller = new AbortController()
      const loading = runtime.load(chat, { signal: controller.signal })
      controller.abort(new Error('no longer wanted'))
      expect((await failure(loading)).message).toBe('no longer wanted')
    })
  })

  if (reranker)
    describe(`the runtime ${name}, with a model that ranks`, () => {
      let ranking: LoadedModel
      beforeAll(async () => {
        ranking = await runtime.load(reranker, { signal: never() })
      })
      afterAll(async () => {
        await ranking?.[Symbol.asyncDispose]()
      })
      rerankCases(() => ranking)
    })
}
