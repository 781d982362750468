import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GenerationEvent, GenerationRequest } from '../../src/core/generation.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { failure, generate, requestOf } from '../conformance/generate.ts'
import { realModels } from '../real-models.ts'
import { writePadded, writeWith } from './gguf-surgery.ts'
import { realEntry, realRuntime } from './real-runtime.ts'

const signal = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'hearth-answers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const { chat } = await realModels()
const load = async (path: string, more: object = {}) =>
  realRuntime().load(await realEntry({ path, kind: 'chat', load: more }), { signal })

const schema = {
  type: 'object',
  properties: { name: { type: 'string' }, legs: { type: 'integer', minimum: 0 }, colour: { enum: ['red', 'green'] } },
  required: ['name', 'legs', 'colour'],
  additionalProperties: false,
} as const
const format = { type: 'json-schema', schema } as const
const lively = { temperature: 1.5, topP: 1, topK: 0, minP: 0, seed: 3 }

const kinds = (events: readonly GenerationEvent[]) =>
  events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])

describe('answers in a format', () => {
  let model: LoadedModel
  beforeAll(async () => {
    model = await load(chat)
  })
  afterAll(async () => {
    await model?.[Symbol.asyncDispose]()
  })

  test('take what they must say without sampling it', async () => {
    const { text, usage, reason } = await generate(model, requestOf('A cat.', { format, maxTokens: 100 }))
    expect(JSON.parse(text)).toMatchObject({ name: expect.any(String), legs: expect.any(Number) })
    expect(reason).toBe('stop')
    expect(usage.forcedTokens).toBeGreaterThan(6)
    expect(usage.forcedTokens).toBeLessThan(usage.completionTokens)
  })

  test('are whole at any limit that has room for one, and are refused below that', async () => {
    const { error, least } = await refusal(4)
    expect(error).toMatchObject({ code: 'invalid_parameter', param: 'maxTokens' })
    for (let maxTokens = least; maxTokens < least + 6; maxTokens++) {
      const request = requestOf('A cat.', { format, maxTokens, sampling: { ...lively, seed: maxTokens } })
      const { text, usage } = await generate(model, request)
      expect(JSON.parse(text).colour).toMatch(/^(red|green)$/)
      expect(usage.completionTokens).toBeLessThanOrEqual(maxTokens)
    }
    expect((await refusal(least - 1)).least).toBe(least)
  })

  async function refusal(maxTokens: number) {
    const error = await failure(generate(model, requestOf('A cat.', { format, maxTokens })))
    return { error, least: Number(/needs (\d+) tokens/.exec(error.message)?.[1]) }
  }

  test('are the same with the chances of their tokens as without, and these are all there', async () => {
    const request = requestOf('A cat.', { format, maxTokens: 60 })
    const plain = await generate(model, request)
    const told = await generate(model, { ...request, logprobs: { top: 1 } })
    expect(told.text).toBe(plain.text)
    const chances = told.events.flatMap((event) => (event.type === 'text-delta' ? (event.logprobs ?? []) : []))
    expect(chances.length).toBe(told.usage.completionTokens)
    expect(chances.map(({ text }) => text).join('')).toBe(told.text)
  })

  test('keep to the format when the request bans all that the format allows', async () => {
    const quotes = (
      await model.tokenize('" "red" green "r "g', { addsSpecial: false, readsSpecial: false }, signal)
    ).map(({ token }) => [token, -100] as const)
    const request = requestOf('A cat.', { format, maxTokens: 60, sampling: { ...lively, logitBias: quotes } })
    expect(JSON.parse((await generate(model, request)).text).colour).toMatch(/^(red|green)$/)
  })

  test('of several requests at once do not disturb each other, nor free text', async () => {
    const requests = [0, 1, 2].map((seed) =>
      requestOf('A cat.', { format, maxTokens: 80, sampling: { ...lively, seed } }),
    )
    const [free, ...held] = await Promise.all(
      [requestOf('Say hello.'), ...requests].map((request) => generate(model, request)),
    )
    for (const { text } of held) expect(JSON.parse(text).colour).toMatch(/^(red|green)$/)
    expect(free?.usage.forcedTokens).toBe(0)
  })
})

test('a draft model guesses for answers in a format, and never breaks it', async () => {
  const large = join(folder, 'padded.gguf')
  writePadded(chat, large, 2)
  await using model = await load(large, { draft: { path: chat, contextSize: 'auto', gpuLayers: -1, always: true } })
  const request = requestOf('Describe a cat.', { format, maxTokens: 80 })
  for (const sampling of [request.sampling, lively, { ...lively, seed: 4 }]) {
    const { text, usage } = await generate(model, { ...request, sampling })
    expect(JSON.parse(text).colour).toMatch(/^(red|green)$/)
    expect(usage.draftedTokens).toBeGreaterThan(0)
    expect(usage.acceptedTokens).toBeLessThanOrEqual(usage.draftedTokens)
  }
  const told = await generate(model, { ...request, logprobs: { top: 1 } })
  expect(told.text).toBe((await generate(model, request)).text)
}, 60_000)

test('thinking is told apart, counted, and ended when its budget is spent', async () => {
  const entry = await realEntry({ path: chat, kind: 'chat' })
  const chatTemplate = [
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}",
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>\\n' }}{% endif %}{# </think> #}",
  ].join('')
  await using model = await realRuntime().load({ ...entry, header: { ...entry.header, chatTemplate } }, { signal })
  const thinking = (budgetTokens?: number, more: Partial<GenerationRequest> = {}) => {
    const messages = [{ role: 'user', content: 'Tell me about a cat.' }] as const
    const reasoning = budgetTokens === undefined ? {} : { reasoning: { budgetTokens } }
    return generate(
      model,
      requestOf('', { prompt: { type: 'messages', messages, ...reasoning }, maxTokens: 60, ...more }),
    )
  }
  const endless = await thinking()
  expect(kinds(endless.events)).not.toContain('text-delta')
  expect(endless.usage.reasoningTokens).toBe(60)

  for (const more of [{}, { format }, { logprobs: { top: 1 } }]) {
    const { events, text, usage } = await thinking(8, { ...more, maxTokens: 100 })
    expect(kinds(events).filter((kind) => kind !== 'prompt-progress')).toEqual([
      'reasoning-delta',
      'text-delta',
      'generation-end',
    ])
    expect(usage.reasoningTokens).toBeGreaterThanOrEqual(8)
    expect(usage.reasoningTokens).toBeLessThan(20)
    expect(text).not.toContain('think>')
    if ('format' in more) expect(JSON.parse(text).colour).toMatch(/^(red|green)$/)
  }
}, 30_000)

test('a gap is filled by models that have tokens for it, and by no other', async () => {
  const target = join(folder, 'infill.gguf')
  const [prefix, suffix, middle] = [3, 4, 5]
  writeWith(chat, target, {
    values: {
      'tokenizer.ggml.fim_pre_token_id': prefix,
      'tokenizer.ggml.fim_suf_token_id': suffix,
      'tokenizer.ggml.fim_mid_token_id': middle,
    },
  })
  const prompt = { type: 'infill', prefix: 'one two', suffix: 'four five' } as const
  const request = requestOf('', { prompt, maxTokens: 4 })
  {
    await using model = await load(target)
    const { usage } = await generate(model, request)
    const words = await Promise.all(
      [prompt.prefix, prompt.suffix].map((text) =>
        model.tokenize(text, { addsSpecial: false, readsSpecial: false }, signal),
      ),
    )
    expect(usage.promptTokens).toBe(3 + words.flat().length)
  }
  await using plain = await load(chat)
  expect(await failure(generate(plain, request))).toMatchObject({ code: 'ability_missing', param: 'suffix' })
}, 30_000)
