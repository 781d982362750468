import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServerError } from '../../src/core/errors.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { generate, requestOf } from '../conformance/generate.ts'
import { runtimeSuite } from '../conformance/runtime.suite.ts'
import { realModels } from '../real-models.ts'
import { writeBroken, writePadded } from './gguf-surgery.ts'
import { realEntry, realRuntime } from './real-runtime.ts'

const signal = new AbortController().signal
const models = await realModels()
const chat = await realEntry({ path: models.chat, kind: 'chat' })
const embedding = await realEntry({ path: models.embedding, kind: 'embedding', load: { contextSize: 'auto' } })
const runtime = realRuntime()

runtimeSuite({ name: 'llama-cpp', runtime, chat, embedding })

describe('llama.cpp with a real chat model', () => {
  let model: LoadedModel
  beforeAll(async () => {
    model = await runtime.load(chat, { signal })
  })
  afterAll(async () => {
    await model?.[Symbol.asyncDispose]()
  })

  test('reads only what a conversation adds', async () => {
    const long = `Here is a list of words: ${Array.from({ length: 200 }, (_, index) => `word${index}`).join(' ')}`
    const first = await generate(model, requestOf(long))
    const messages = [
      { role: 'user', content: long },
      { role: 'assistant', content: first.text },
      { role: 'user', content: 'Go on.' },
    ] as const
    const second = await generate(model, requestOf('', { prompt: { type: 'messages', messages } }))
    expect(second.usage.cachedTokens).toBeGreaterThan(first.usage.promptTokens - 8)
    expect(second.usage.promptTokens - second.usage.cachedTokens).toBeLessThan(64)
  })

  test('a second conversation takes another slot, and both stay cached', async () => {
    const [one, two] = [
      requestOf('Sing a song about the sea. '.repeat(8)),
      requestOf('What is a mountain made of? '.repeat(8)),
    ]
    for (const request of [one, two]) await generate(model, request)
    for (const request of [one, two]) {
      const { usage } = await generate(model, request)
      expect(usage.cachedTokens).toBe(usage.promptTokens - 1)
    }
  })

  test('a seed repeats the text, another seed changes it', async () => {
    const sampling = { temperature: 1.2, topP: 1, topK: 0, minP: 0 }
    const say = async (seed: number) =>
      (
        await generate(
          model,
          requestOf('Tell me something surprising.', { maxTokens: 32, sampling: { ...sampling, seed } }),
        )
      ).text
    const first = await say(7)
    expect(await say(7)).toBe(first)
    expect(await say(8)).not.toBe(first)
  })

  test('continues text and tokens as they stand', async () => {
    const { text } = await generate(
      model,
      requestOf('', { prompt: { type: 'text', text: 'One, two, three, four,' }, maxTokens: 4 }),
    )
    expect(text).toContain('five')
    const tokens = await generate(
      model,
      requestOf('', { prompt: { type: 'tokens', tokens: [504, 2644] }, maxTokens: 2 }),
    )
    expect(tokens.usage.promptTokens).toBe(2)
    const unknown = generate(model, requestOf('', { prompt: { type: 'tokens', tokens: [49_152] } }))
    expect(await unknown.catch((error) => error)).toMatchObject({ code: 'invalid_parameter' })
  })

  test('stops for a stop text that is made of several tokens', async () => {
    const request = requestOf('Count from one to ten in words, with a comma after each.', { maxTokens: 40 })
    const whole = await generate(model, request)
    const stop = whole.text.slice(10, 24)
    const cut = await generate(model, { ...request, stop: [stop] })
    expect(cut.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)))
    expect(cut.reason).toBe('stop')
  })

  test('an abort while the prompt is read ends the request without a token', async () => {
    const controller = new AbortController()
    const long = requestOf('The quick brown fox jumps over the lazy dog. '.repeat(85))
    const events: string[] = []
    for await (const event of model.generate?.(long, controller.signal) ?? []) {
      events.push(event.type)
      controller.abort()
    }
    // A second piece may have been read before the child heard of it.
    expect([...new Set(events)]).toEqual(['prompt-progress', 'generation-end'])
    expect(events.at(-1)).toBe('generation-end')
  })
})

describe('speculative decoding', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-padded-'))
  const large = join(folder, 'padded.gguf')
  beforeAll(() => writePadded(models.chat, large, 2))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const withDraft = (path: string) =>
    realEntry({
      path: large,
      kind: 'chat',
      load: { draft: { path, contextSize: 'auto', gpuLayers: -1, always: true } },
    })
  const story = requestOf('Write a story about a cat.', { maxTokens: 96 })

  test('a draft that always agrees is accepted, and changes nothing', async () => {
    await using plain = await runtime.load(await realEntry({ path: large, kind: 'chat' }), { signal })
    const expected = await generate(plain, story)
    await using drafted = await runtime.load(await withDraft(models.chat), { signal })
    expect(drafted.facts.draft).toEqual({ state: 'ready' })
    const { text, usage } = await generate(drafted, story)
    expect(text).toBe(expected.text)
    expect(usage.draftedTokens).toBeGreaterThan(20)
    expect(usage.acceptedTokens / usage.draftedTokens).toBeGreaterThanOrEqual(0.95)
    const several = await Promise.all(
      ['a dog', 'a horse', 'a bird'].map((animal) => generate(drafted, requestOf(`Write about ${animal}.`))),
    )
    expect(several.every(({ usage: own }) => own.completionTokens > 0)).toBe(true)
  })

  test('what is looked up in the text changes nothing, with chances and at any temperature', async () => {
    await using plain = await runtime.load(
      await realEntry({ path: models.chat, kind: 'chat', load: { promptLookup: false } }),
      { signal },
    )
    await using looking = await runtime.load(await realEntry({ path: models.chat, kind: 'chat' }), { signal })
    const warm = { temperature: 0.7, topP: 0.95, topK: 40, minP: 0.05, seed: 5 }
    const line = 'The old harbour was built by fishermen who had lost their boats in a great storm. '
    const prompt = { type: 'text', text: line.repeat(4) } as const
    let accepted = 0
    for (const more of [{}, { logprobs: { top: 0 } }, { sampling: warm }]) {
      const request = requestOf('', { prompt, maxTokens: 80, ...more })
      const [expected, found] = [await generate(plain, request), await generate(looking, request)]
      expect(found.text).toBe(expected.text)
      expect(expected.usage.draftedTokens).toBe(0)
      accepted += found.usage.acceptedTokens
    }
    expect(accepted).toBeGreaterThan(10)
  })

  test('without a draft model that works the model goes on, and says why', async () => {
    const { text } = await (async () => {
      await using model = await runtime.load(await withDraft(join(folder, 'absent.gguf')), { signal })
      // It is the draft that could not be loaded, not the model that goes on.
      expect(JSON.stringify(model.facts.draft)).not.toContain('could not be loaded')
      expect(model.facts.draft).toMatchObject({ state: 'failed', problem: expect.stringContaining('absent.gguf') })
      return await generate(model, story)
    })()
    expect(text.length).toBeGreaterThan(0)
    await using other = await runtime.load(await withDraft(models.embedding), { signal })
    expect(other.facts.draft).toMatchObject({ state: 'failed', problem: expect.stringContaining(models.embedding) })
  })
})

describe('files that are wrong', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-broken-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('a file that makes llama.cpp abort is refused with its reason', async () => {
    const path = join(folder, 'broken.gguf')
    writeBroken(models.embedding, path)
    const error = await runtime.load(await realEntry({ path, kind: 'embedding' }), { signal }).catch((reason) => reason)
    expect(error).toBeInstanceOf(ServerError)
    expect(error).toMatchObject({ code: 'model_unusable', status: 422 })
    expect(error.message).toContain('signal SIGABRT')
  })

  test('an architecture that nobody knows is refused before anything is loaded', async () => {
    const entry = { ...chat, header: { ...chat.header, architecture: 'abacus' } }
    const error = await runtime.load(entry, { signal }).catch((reason) => reason)
    expect(error.message).toContain("'abacus'")
  })
})
