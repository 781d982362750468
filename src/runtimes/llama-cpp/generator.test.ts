import { expect, test } from 'bun:test'
import type { GenerationEvent, GenerationRequest } from '../../core/generation.ts'
import type { AddonSampler } from './addon.ts'
import type { AnswerGuide } from './answer/answer-guide.ts'
import type { AnswerPlanner } from './answer/answer-planner.ts'
import { plainReader } from './answer/plain-reader.ts'
import type { Drafter } from './drafter.ts'
import { FakeContext } from './fake-context.fixture.ts'
import { Generator } from './generator.ts'
import type { ChatTemplate } from './prompt/chat-template.ts'
import { PromptReader } from './prompt/prompt-reader.ts'
import type { Run } from './run.ts'
import type { SamplerPool } from './sampling/sampler-pool.ts'
import type { Vocabulary } from './vocabulary.ts'

const sampling = { temperature: 0, topP: 1, topK: 0, minP: 0 }
const request = (tokens: number[], maxTokens = 3): GenerationRequest => ({
  prompt: { type: 'tokens', tokens },
  maxTokens,
  stop: [],
  sampling,
})

const vocabulary = {
  size: 1e9,
  isEnd: () => false,
  bytes: () => Uint8Array.of(120),
  shownBytes: () => Uint8Array.of(120),
  textOf: (token: number) => `<${token}>`,
} as unknown as Vocabulary

interface Start {
  readonly slots?: number
  readonly guess?: (run: Run) => number[]
  readonly guide?: () => AnswerGuide
}

function start({ slots = 2, guess, guide }: Start = {}) {
  const fake = new FakeContext()
  const inUse = new Set<AddonSampler>()
  const samplers = {
    take() {
      const sampler = { applyConfig() {} } as unknown as AddonSampler
      inUse.add(sampler)
      return sampler
    },
    giveBack: (sampler: AddonSampler) => void inUse.delete(sampler),
  }
  const drafter = guess && {
    guess: async (runs: readonly Run[]) =>
      new Map(runs.flatMap((run) => (!run.isReading ? [[run, guess(run)] as const] : []))),
  }
  const generator = new Generator({
    samplers: samplers as unknown as SamplerPool,
    modelId: 'fake',
    context: fake.context,
    contextSize: 64,
    batchSize: 16,
    slots,
    vocabulary,
    prompts: new PromptReader({ modelId: 'fake', vocabulary, template: {} as ChatTemplate }),
    planner: {
      plan: () => ({ reader: plainReader(), showsSpecial: false, ...(guide && { guide: guide() }) }),
    } as unknown as AnswerPlanner,
    ...(drafter && { drafter: drafter as unknown as Drafter }),
  })
  const run = async (call: GenerationRequest, signal = new AbortController().signal) => {
    const events: GenerationEvent[] = []
    for await (const event of generator.generate(call, signal)) events.push(event)
    const end = events.at(-1)
    if (end?.type !== 'generation-end') throw new Error('a generation did not end with its end')
    return end
  }
  return { fake, inUse, run }
}

test('a slot is made ready between decodes, never while one is writing', async () => {
  const { fake, run } = start()
  await run(request([1, 2, 3, 4]))
  let late: Promise<unknown> | undefined
  fake.duringDecode = async () => {
    late ??= run(request([1, 2, 9]))
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
  await run(request([5, 6, 7]))
  await late
  expect(fake.offences).toEqual([])
})

test('tokens that a slot has already are not read again, and are counted', async () => {
  const { run } = start({ slots: 1 })
  await run(request([1, 2, 3, 4]))
  const { usage } = await run(request([1, 2, 3, 5]))
  expect(usage).toMatchObject({ promptTokens: 4, cachedTokens: 3 })
})

test('a request that is aborted while guesses are checked leaves none of them behind', async () => {
  const { fake, run } = start({ slots: 1, guess: () => [77, 78] })
  const controller = new AbortController()
  fake.duringDecode = () => {
    if (fake.decodedSizes.length === 1) controller.abort()
  }
  expect((await run(request([1, 2, 3], 20), controller.signal)).reason).toBe('aborted')
  // It goes on exactly where the slot is, so nothing has to be taken back before.
  expect((await run(request([1, 2, 3, 7, 8], 1))).reason).toBe('length')
})

test('a choice that fails fails all, but no sampler is let go of while it is in use', async () => {
  const { fake, inUse, run } = start()
  const slow = Promise.withResolvers<void>()
  fake.beforeSample = async (place) => {
    if (fake.decodedSizes.length < 2) return // the first batch holds the first request only
    if (place === 0) throw new Error('no logits')
    await slow.promise
  }
  const both = [run(request([1])), run(request([2]))].map((work) => work.catch((error) => error))
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
  expect(inUse.size).toBe(2)
  slow.resolve()
  for (const error of await Promise.all(both)) expect(error).toMatchObject({ code: 'generation_failed' })
  expect(inUse.size).toBe(0)
})

test('more requests than slots wait for each other, and all are answered', async () => {
  const { run } = start({ slots: 2 })
  const all = Array.from({ length: 9 }, (_, index) => run(request([index + 1, index + 2])))
  expect((await Promise.all(all)).map(({ reason }) => reason)).toEqual(Array(9).fill('length'))
})

test('two slots that become free together are both taken', async () => {
  const { run } = start({ slots: 2 })
  const ended: string[] = []
  const work = [request([1], 3), request([2], 2), request([3], 20), request([4], 1)].map((call, index) =>
    run(call).then(() => ended.push(`request ${index}`)),
  )
  await Promise.all(work)
  expect(ended.at(-1)).toBe('request 2')
})

test('a prompt of one token less than the context gets one token', async () => {
  const { run } = start()
  const prompt = Array.from({ length: 63 }, (_, index) => index)
  const { reason, usage } = await run(request(prompt, 100))
  expect(reason).toBe('length')
  expect(usage).toMatchObject({ promptTokens: 63, completionTokens: 1 })
})
