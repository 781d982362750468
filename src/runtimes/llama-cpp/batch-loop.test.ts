import { expect, test } from 'bun:test'
import { SeededRandom } from '../../../test/seeded-random.ts'
import type { FinishReason, GenerationEvent, GenerationRequest } from '../../core/generation.ts'
import { type AnswerGuide, GuideProblem } from './answer/answer-guide.ts'
import { requestOf, startGenerator } from './generator.fixture.ts'
import type { StateFolder } from './prefix/state-folder.ts'
import { statesFolder } from './prefix/states-folder.fixture.ts'
import type { Run } from './run.ts'

/** What a model would say: it depends on every token before it. */
const nextOf = (tokens: readonly number[]) => 2 + (hash(tokens) % 96)
const logitOf = (tokens: readonly number[], token: number) => -1 - (hash([...tokens, token]) % 40)
const hash = (tokens: readonly number[]) =>
  tokens.reduce((sum, token) => Math.imul(sum ^ token, 0x01000193) >>> 4, 0x811c9dc5)

const isEnd = (token: number) => token % 43 === 0
const closing = 999
/** A grammar: after some tokens another one must come, and there must be room for the closing one. */
function advance(given: readonly number[], room: number) {
  if (given.some((token) => token % 31 === 0)) throw new GuideProblem('too ambiguous')
  const tokens = [...given]
  for (let last = given.at(-1); last !== undefined && last % 5 < 2 && tokens.length < room; last = tokens.at(-1))
    tokens.push(last + 11)
  return tokens.length < room ? { tokens, isClosed: false } : { tokens: [closing], isClosed: true }
}
const guide = { isOver: false, allows: () => true, missing: () => undefined, advance } as unknown as AnswerGuide

interface Expected {
  readonly tokens: readonly number[]
  readonly chances: readonly number[]
  readonly forced: number
  readonly reason: FinishReason | 'failed'
}

/** What the request must be answered, worked out without batches, slots and guesses. */
function expectedOf(prompt: readonly number[], { format, maxTokens = 0 }: GenerationRequest): Expected {
  const tokens: number[] = []
  const chances: number[] = []
  let forced = 0
  const room = Math.min(maxTokens, 64 - prompt.length)
  const end = (reason: Expected['reason']) => ({ tokens, chances, forced, reason })
  while (tokens.length < room) {
    const sampled = nextOf([...prompt, ...tokens])
    if (isEnd(sampled)) return end('stop')
    if (format && sampled % 31 === 0) return end('failed')
    const step = format ? advance([sampled], room - tokens.length) : { tokens: [sampled], isClosed: false }
    forced += step.tokens.length - (step.isClosed ? 0 : 1)
    for (const token of step.tokens) {
      const before = [...prompt, ...tokens]
      chances.push(token === nextOf(before) ? 0 : logitOf(before, token))
      tokens.push(token)
    }
    if (step.isClosed) break
  }
  return end('length')
}

const textsOf = (events: readonly GenerationEvent[]) =>
  events.flatMap((event) => (event.type === 'text-delta' ? [event] : []))

const tokensOf = (events: readonly GenerationEvent[]) =>
  textsOf(events)
    .flatMap(({ text }) => text.split(','))
    .filter(Boolean)
    .map(Number)

/** Checks an answer as far as it came; answers whether it came to its own end. */
function check(prompt: readonly number[], request: GenerationRequest, events: readonly GenerationEvent[]): boolean {
  const expected = expectedOf(prompt, request)
  const tokens = tokensOf(events)
  const end = events.at(-1)
  const isWhole = end?.type === 'generation-end' && end.reason !== 'aborted'
  expect(tokens).toEqual(isWhole ? [...expected.tokens] : expected.tokens.slice(0, tokens.length))
  if (request.logprobs) {
    const told = textsOf(events).flatMap(({ logprobs = [] }) => logprobs)
    expect(told.map(({ token }) => token)).toEqual(tokens)
    // The largest logit is the one of what comes next, and stands for a chance of 1.
    expect(told.map(({ logprob }) => logprob)).toEqual(expected.chances.slice(0, tokens.length))
  }
  const echo = events.find((event) => event.type === 'prompt-text')
  if (echo?.logprobs)
    expect<unknown>(echo.logprobs.map(({ logprob }) => logprob)).toEqual([
      null,
      ...prompt.slice(1).map((token, index) => {
        const before = prompt.slice(0, index + 1)
        return nextOf(before) === token ? 0 : logitOf(before, token)
      }),
    ])
  if (end?.type !== 'generation-end') return false
  const { usage } = end
  expect(usage.promptTokens).toBe(prompt.length)
  expect(usage.forcedTokens).toBeLessThanOrEqual(usage.completionTokens)
  expect(usage.acceptedTokens).toBeLessThanOrEqual(usage.draftedTokens)
  if (!isWhole) expect(usage.completionTokens).toBe(tokens.length)
  if (!isWhole) return false
  expect<string>(end.reason).toBe(expected.reason)
  expect(usage.forcedTokens).toBe(expected.forced)
  expect(usage.completionTokens).toBe(tokens.length + (end.reason === 'stop' ? 1 : 0))
  expect(usage.completionTokens).toBeLessThanOrEqual(request.maxTokens ?? 0)
  return true
}

function world(random: SeededRandom, folder: StateFolder, window?: number) {
  const started = startGenerator({
    slots: 3,
    folder,
    isEnd,
    guide: () => guide,
    // Memory that forgets cannot take back guesses.
    ...(window === undefined && { guess: (run: Run) => randomGuesses(random, run) }),
  })
  Object.assign(started.fake, { nextOf, logitOf, ...(window !== undefined && { window }) })
  const beginnings = Array.from({ length: 4 }, () => Array.from({ length: 20 }, () => random.between(1, 97)))
  const promptOf = () => [
    ...random.pick(beginnings).slice(0, random.between(1, 20)),
    ...Array.from({ length: random.between(0, 20) }, () => random.between(1, 3)),
  ]
  const requestFor = (prompt: readonly number[]) =>
    requestOf(prompt, random.between(1, 40), {
      ...(random.chance(0.5) && { format: { type: 'json-object' } }),
      ...(random.chance(0.4) && { logprobs: { top: 0 } }),
      ...(random.chance(0.2) && { repeatsPrompt: true }),
    })
  return { ...started, promptOf, requestFor }
}

function randomGuesses(random: SeededRandom, run: Run): number[] {
  const guesses: number[] = []
  for (const most = Math.min(random.between(0, 5), run.remaining - 1); guesses.length < most; )
    guesses.push(random.chance(0.8) ? nextOf([...run.tokens, ...guesses]) : 1)
  return guesses
}

/** Requests one after the other, of which some are aborted, by their turn or by whoever reads the answer. */
async function client({ runAll, promptOf, requestFor, fake }: ReturnType<typeof world>, random: SeededRandom) {
  let whole = 0
  let goesOn: readonly number[] = []
  for (let count = 0; count < 12; count++) {
    const prompt = random.chance(0.4) && goesOn.length > 0 && goesOn.length < 60 ? [...goesOn, 3] : promptOf()
    const request = requestFor(prompt)
    const controller = new AbortController()
    if (random.chance(0.2)) {
      const turn = fake.decodedSizes.length + random.between(0, 6)
      const step = random.pick(['beforeSample', 'duringDecode'] as const)
      const before = fake[step] as (place: number) => Promise<void> | void
      fake[step] = (place?: number) => {
        if (fake.decodedSizes.length >= turn) controller.abort()
        return before(place ?? 0)
      }
    }
    const events = await runAll(request, controller.signal).catch((error) => {
      expect(error).toMatchObject({ code: 'generation_failed' })
      return []
    })
    goesOn = [...prompt, ...tokensOf(events)]
    if (check(prompt, request, events)) whole++
    else if (expectedOf(prompt, request).reason !== 'failed' && !controller.signal.aborted)
      expect(fake.offences).toEqual(['a decode failed'])
  }
  return whole
}

test('every answer is what it would be alone, whatever is aborted, foreseen, guessed, copied, kept or failing beside it', async () => {
  let whole = 0
  const counts = { copies: 0, saves: 0, loads: 0 }
  for (let seed = 1; seed <= 60; seed++) {
    const random = new SeededRandom(seed)
    using folder = statesFolder(random.between(100, 2000))
    const all = world(random, folder, seed % 3 === 0 ? random.pick([1, 4, 25]) : undefined)
    const { fake, inUse, run } = all
    fake.duringDecode = async () => {
      for (let turn = random.between(0, 8); turn > 0; turn--) await Promise.resolve()
      if (seed % 4 !== 0 || !random.chance(0.01)) return
      fake.offences.splice(0, 1, 'a decode failed')
      throw new Error('out of memory')
    }
    fake.beforeCopy = () => {
      if (seed % 5 === 0 && random.chance(0.2)) throw new Error('out of memory')
    }
    fake.beforeSave = () => {
      if (seed % 5 === 0 && random.chance(0.2)) throw new Error('no room')
    }
    const wholes = await Promise.all(Array.from({ length: 4 }, () => client(all, random)))
    whole += wholes.reduce((sum, count) => sum + count, 0)
    if (seed % 4 !== 0) expect(fake.offences).toEqual([])
    expect(inUse.size).toBe(0)
    for (const name of ['copies', 'saves', 'loads'] as const) counts[name] += fake[name]
    fake.duringDecode = () => {}
    // No slot was lost.
    await Promise.all([1, 2, 3].map((token) => run(requestOf([token], 2))))
  }
  expect(whole).toBeGreaterThan(1300)
  expect(counts.copies).toBeGreaterThan(300)
  expect(counts.saves).toBeGreaterThan(300)
  expect(counts.loads).toBeGreaterThan(100)
})
