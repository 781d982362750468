import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GenerationRequest, TokenLogprob } from '../../src/core/generation.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { generate, requestOf } from '../conformance/generate.ts'
import { realModels } from '../real-models.ts'
import { writeSixteenBit } from './gguf-surgery.ts'
import peer from './llama-server-chances.json'
import sixteenBitPeer from './llama-server-chances-16-bit.json'
import { realEntry, realRuntime } from './real-runtime.ts'

const signal = new AbortController().signal

async function chancesOf(model: LoadedModel, request: GenerationRequest): Promise<readonly TokenLogprob[]> {
  const { events } = await generate(model, request)
  return events.flatMap((event) => (event.type === 'text-delta' ? (event.logprobs ?? []) : []))
}

describe('the chances of tokens', () => {
  let model: LoadedModel
  beforeAll(async () => {
    model = await realRuntime().load(await realEntry({ path: (await realModels()).chat, kind: 'chat' }), { signal })
  })
  afterAll(async () => {
    await model?.[Symbol.asyncDispose]()
  })

  test('add up to 1 over the whole vocabulary', async () => {
    const size = model.model.header.vocabularySize ?? 0
    const [chance] = await chancesOf(
      model,
      requestOf('Tell me about a cat.', { maxTokens: 1, logprobs: { top: size } }),
    )
    expect(new Set(chance?.top.map(({ token }) => token)).size).toBe(size)
    expect(chance?.top.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 3)
  })

  /**
   * The numbers were taken once: there is no llama-server where these tests usually run. Weights of 4 bits are multiplied
   * with activations of 8 bits: where one of those lies between two values, another build, kernel or batch takes the
   * other one, and all that follows shifts by up to 0.3. So most places are the same to 0.001, and few are further off.
   */
  test("are llama-server's own", async () => {
    const differences = (await differencesFrom(peer, model)).taken
    expect(differences.length).toBeGreaterThan(60)
    expect(differences[Math.floor(differences.length * 0.5)]).toBeLessThan(0.02)
    expect(differences[Math.floor(differences.length * 0.8)]).toBeLessThan(0.05)
    expect(differences.at(-1)).toBeLessThan(0.5)
  }, 30_000)

  test('are those of the model, whatever the sampling options and the format', async () => {
    const sampling = {
      temperature: 1.5,
      topP: 0.9,
      topK: 30,
      minP: 0.01,
      seed: 11,
      logitBias: [[2644, 5]] as const,
      frequencyPenalty: 1,
    }
    const format = { type: 'json-schema', schema: { const: { animal: 'cat', legs: 4 } } } as const
    for (const more of [{ sampling }, { sampling, format }]) {
      const request = requestOf('Tell me about a cat.', { ...more, maxTokens: 40, logprobs: { top: 1 } })
      const chances = await chancesOf(model, request)
      expect(chances.length).toBeGreaterThan(8)
      const again = await readAsPrompt(request, chances)
      // Of rare tokens, too: chances of e^-10 shift further than others.
      for (const [index, { logprob }] of chances.entries())
        expect(Math.abs((again[index] ?? 0) - logprob)).toBeLessThan(0.25 + Math.abs(logprob) / 10)
    }
  })

  /** The chances of the same tokens when all of them are given, as a prompt. */
  async function readAsPrompt({ prompt }: GenerationRequest, chances: readonly TokenLogprob[]) {
    if (prompt.type !== 'messages') throw new Error('only conversations are rendered')
    const rendered = await model.render?.(prompt, undefined, signal)
    const tokens = [...(rendered?.tokens ?? []), ...chances.map(({ token }) => token)]
    const repeat = {
      prompt: { type: 'tokens', tokens },
      repeatsPrompt: true,
      maxTokens: 0,
      logprobs: { top: 1 },
    } as const
    const { events } = await generate(model, requestOf('', repeat))
    const told = events.flatMap((event) => (event.type === 'prompt-text' ? (event.logprobs ?? []) : []))
    return told.slice(-chances.length).map(({ logprob }) => logprob)
  }
})

/** Weights of 16 bits round nothing on the way, so every place agrees. */
test("the chances of tokens are llama-server's own at every place, with weights of 16 bits", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-chances-'))
  try {
    const path = join(folder, 'sixteen-bit.gguf')
    writeSixteenBit((await realModels()).chat, path)
    await using model = await realRuntime().load(await realEntry({ path, kind: 'chat' }), { signal })
    const { taken, likely } = await differencesFrom(sixteenBitPeer, model)
    expect(taken.length).toBeGreaterThan(100)
    expect(taken.at(-1)).toBeLessThan(0.05)
    expect(likely.length).toBeGreaterThan(300)
    expect(likely.at(-1)).toBeLessThan(0.05)
  } finally {
    await rm(folder, { recursive: true })
  }
}, 60_000)

/** How far the chances of the taken and of the likeliest tokens lie apart from a peer's, smallest first. */
async function differencesFrom({ cases }: typeof peer, model: LoadedModel) {
  const taken: number[] = []
  const likely: number[] = []
  for (const { type, prompt, tokens } of cases) {
    const given = type === 'text' ? { prompt: { type, text: prompt } as const } : {}
    const request = requestOf(prompt, { ...given, maxTokens: tokens.length, logprobs: { top: 5 } })
    const chances = await chancesOf(model, request)
    for (const [index, { token, logprob, top }] of tokens.entries()) {
      const chance = chances[index]
      // Once another token was taken, the texts are others.
      if (chance?.token !== token) break
      taken.push(Math.abs(chance.logprob - logprob))
      for (const [other, expected = 0] of top) {
        const own = chance.top.find((each) => each.token === other)
        if (own) likely.push(Math.abs(own.logprob - expected))
      }
    }
  }
  const ascending = (left: number, right: number) => left - right
  return { taken: taken.toSorted(ascending), likely: likely.toSorted(ascending) }
}
