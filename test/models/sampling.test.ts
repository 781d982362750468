import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { SamplingOptions } from '../../src/core/generation.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { generate, requestOf } from '../conformance/generate.ts'
import { realModels } from '../real-models.ts'
import { realEntry, realRuntime } from './real-runtime.ts'

const signal = new AbortController().signal
const greedy: SamplingOptions = { temperature: 0, topP: 1, topK: 0, minP: 0 }
const lively: SamplingOptions = { temperature: 1, topP: 1, topK: 0, minP: 0, seed: 5 }
const question = 'Repeat the word cat many times.'

describe('sampling', () => {
  let model: LoadedModel
  beforeAll(async () => {
    // One slot: requests use one sampler after the other.
    const entry = await realEntry({ path: (await realModels()).chat, kind: 'chat', load: { slots: 1 } })
    model = await realRuntime().load(entry, { signal })
  })
  afterAll(async () => {
    await model?.[Symbol.asyncDispose]()
  })

  /** The tokens of an answer. */
  async function say(sampling: SamplingOptions, maxTokens = 24, prompt = question): Promise<readonly number[]> {
    const { events } = await generate(model, requestOf(prompt, { sampling, maxTokens, logprobs: { top: 0 } }))
    return events.flatMap((event) =>
      event.type === 'text-delta' ? (event.logprobs ?? []).map(({ token }) => token) : [],
    )
  }

  const options: Readonly<Record<string, Partial<SamplingOptions>>> = {
    'a bias': { logitBias: [[2644, 8]] },
    'a ban': { logitBias: [[504, -100]] },
    'a frequency penalty': { frequencyPenalty: 2 },
    'a presence penalty': { presencePenalty: 2 },
    'a repeat penalty': { repeatPenalty: { penalty: 1.6, lastTokens: 64 } },
    'a repeat penalty over everything': { repeatPenalty: { penalty: 1.6, lastTokens: -1 } },
    'the wish not to repeat itself': {
      dry: { multiplier: 4, base: 1.75, allowedLength: 1, lastTokens: -1, sequenceBreakers: ['\n'] },
    },
  }

  test('a sampler that was used with every option is as good as new, and so is every option', async () => {
    const plain = { greedy: await say(greedy), lively: await say(lively) }
    const xtc = { xtc: { probability: 1, threshold: 0.02 } }
    for (const [name, option] of Object.entries({
      ...options,
      xtc,
      'few candidates': { topK: 2, topP: 0.5, minP: 0.2 },
    })) {
      const first = await say({ ...lively, ...option })
      expect([name, await say(greedy)]).toEqual([name, plain.greedy])
      expect([name, await say(lively)]).toEqual([name, plain.lively])
      expect([name, await say({ ...lively, ...option })]).toEqual([name, first])
      expect([name, first]).not.toEqual([name, plain.lively])
    }
  }, 60_000)

  test('temperature 0 takes the likeliest, also with options that would exclude it', async () => {
    const plain = await say(greedy)
    const crowd = { xtc: { probability: 1, threshold: 0.01 }, topK: 40, topP: 0.9, minP: 0.05 }
    expect(await say({ ...greedy, ...crowd })).toEqual(plain)
  })

  test('what is banned never comes, and what is forced comes always, at any temperature', async () => {
    for (const sampling of [greedy, lively, { ...lively, temperature: 2 }]) {
      const plain = await say(sampling, 40)
      const banned = await say({ ...sampling, logitBias: plain.map((token) => [token, -100] as const) }, 40)
      expect(banned.filter((token) => plain.includes(token))).toEqual([])
      const forced = await say(
        { ...sampling, logitBias: [[2644, 100]], repeatPenalty: { penalty: 1.5, lastTokens: 64 } },
        10,
      )
      expect(forced).toEqual(Array(10).fill(2644))
    }
  }, 30_000)

  test('the frequency penalty counts what was generated, and not the prompt', async () => {
    const cats = `${'cat '.repeat(60)}`
    const plain = await say(greedy, 1, cats)
    expect(await say({ ...greedy, frequencyPenalty: 2, presencePenalty: 2 }, 1, cats)).toEqual(plain)
    const held = await say({ ...greedy, logitBias: [[2644, 12]] }, 20)
    const penalised = await say({ ...greedy, logitBias: [[2644, 12]], frequencyPenalty: 2 }, 20)
    const count = (tokens: readonly number[]) => tokens.filter((token) => token === 2644).length
    expect(count(held)).toBeGreaterThan(count(penalised))
    expect(count(penalised)).toBeGreaterThan(0)
  })
})
