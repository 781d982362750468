import { expect, test } from 'bun:test'
import type { GenerationRequest } from '../../core/generation.ts'
import { type AnswerGuide, GuideProblem } from './answer/answer-guide.ts'
import { requestOf, startGenerator as start } from './generator.fixture.ts'
import type { Run } from './run.ts'

test('a slot is made ready between decodes, never while one is writing', async () => {
  const { fake, run } = start()
  await run(requestOf([1, 2, 3, 4]))
  let late: Promise<unknown> | undefined
  fake.duringDecode = async () => {
    late ??= run(requestOf([1, 2, 9]))
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
  await run(requestOf([5, 6, 7]))
  await late
  expect(fake.offences).toEqual([])
})

test('tokens that a slot has already are not read again, and are counted', async () => {
  const { run } = start({ slots: 1 })
  await run(requestOf([1, 2, 3, 4]))
  const { usage } = await run(requestOf([1, 2, 3, 5]))
  expect(usage).toMatchObject({ promptTokens: 4, cachedTokens: 3 })
})

test('a request that is aborted while guesses are checked leaves none of them behind', async () => {
  const { fake, run } = start({ slots: 1, guess: () => [77, 78] })
  const controller = new AbortController()
  fake.duringDecode = () => {
    if (fake.decodedSizes.length === 1) controller.abort()
  }
  expect((await run(requestOf([1, 2, 3], 20), controller.signal)).reason).toBe('aborted')
  // It goes on exactly where the slot is, so nothing has to be taken back before.
  expect((await run(requestOf([1, 2, 3, 7, 8], 1))).reason).toBe('length')
})

test('the guesses of the last batch are counted, whatever the answer ends by', async () => {
  // The model says 2n + 1.
  const answer = [3, 7, 15, 31, 63]
  const guess = ({ tokens }: Run) => {
    const last = tokens.at(-1) ?? 0
    return [2 * last + 1, 4 * last + 3, 0]
  }
  const counted = async (request: GenerationRequest, isEnd?: (token: number) => boolean) => {
    const { usage, reason } = await start({ guess, ...(isEnd && { isEnd }) }).run(request)
    return [reason, usage.completionTokens, usage.draftedTokens, usage.acceptedTokens]
  }
  expect(await counted(requestOf([1], answer.length))).toEqual(['length', 5, 6, 3])
  expect(await counted(requestOf([1], 20, { stop: ['31'] }))).toEqual(['stop', 4, 3, 2])
  expect(await counted(requestOf([1], 20, { stop: ['15'] }))).toEqual(['stop', 3, 3, 2])
  expect(await counted(requestOf([1], 20), (token) => token === 15)).toEqual(['stop', 3, 3, 1])
})

test('a batch of a long prompt that is given up for new work leaves nothing behind, and the work is in the next one', async () => {
  const { fake, run } = start({ contextSize: 400, batchSize: 128 })
  const prompt = Array.from({ length: 300 }, (_, index) => index + 1)
  let short: ReturnType<typeof run> | undefined
  fake.isKnocked = () => {
    if (short) return false
    short = run(requestOf([1, 2, 3], 2))
    return true
  }
  const long = await run(requestOf(prompt))
  expect(long.usage).toMatchObject({ promptTokens: 300, completionTokens: 3 })
  expect((await short)?.usage.completionTokens).toBe(2)
  // The first one was given up; the second one has all of the short prompt, and after it the long one is read in pieces.
  expect(fake.decodedSizes[0]).toBe(128)
  expect(fake.decodedSizes[1]).toBeLessThan(64)
  expect(fake.decodedSizes.reduce((sum, size) => sum + size, 0)).toBe(128 + 300 + 3 + 2 + 1)
  expect(fake.offences).toEqual([])
})

test('a long prompt is read in batches of half the size once it is deep, where one can be given up', async () => {
  const prompt = Array.from({ length: 1100 }, (_, index) => index)
  for (const canStop of [true, false]) {
    const { fake, run } = start({ contextSize: 2048, batchSize: 512, canStop })
    await run(requestOf(prompt, 1))
    expect(fake.decodedSizes).toEqual(canStop ? [512, 256, 256, 76] : [512, 512, 76])
  }
})

test('what a first format needs is made ready while nothing is to be decoded, and keeps no request waiting', async () => {
  const [begun, isDone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let [isAnswered, isDecoding, wasBesideDecode] = [false, false, false]
  const { fake, generator, run } = start({
    restMilliseconds: 0,
    prepareMore() {
      begun.resolve()
      wasBesideDecode ||= isDecoding
      if (isAnswered) isDone.resolve()
      return !isAnswered
    },
  })
  fake.duringDecode = async () => {
    isDecoding = true
    await new Promise((resolve) => setTimeout(resolve, 1))
    isDecoding = false
  }
  await begun.promise
  // It has no end before the request has one.
  expect((await run(requestOf([1, 2, 3]))).reason).toBe('length')
  isAnswered = true
  await isDone.promise
  expect(wasBesideDecode).toBe(false)
  await generator.close()
})

test('what is being made ready ends when the generator does', async () => {
  const begun = Promise.withResolvers<void>()
  const { generator } = start({
    restMilliseconds: 0,
    prepareMore() {
      begun.resolve()
      return true
    },
  })
  await begun.promise
  await generator.close()
})

test('a choice that fails fails its own request, and no other', async () => {
  const { fake, inUse, run } = start()
  const slow = Promise.withResolvers<void>()
  fake.beforeSample = async (place) => {
    if (fake.decodedSizes.length < 2) return // the first batch holds the first request only
    if (place === 0) throw new Error('no logits')
    await slow.promise
  }
  const both = [run(requestOf([1])), run(requestOf([2]))].map((work) => work.catch((error) => error))
  expect(await both[0]).toMatchObject({ code: 'generation_failed' })
  expect(inUse.size).toBe(1)
  slow.resolve()
  fake.beforeSample = () => {}
  expect(await both[1]).toMatchObject({ reason: 'length', usage: { completionTokens: 3 } })
  expect(inUse.size).toBe(0)
  // What the failed one left in its slot is right.
  expect((await run(requestOf([1, 3, 7]))).usage.cachedTokens).toBe(2)
})

test('more requests than slots wait for each other, and all are answered', async () => {
  const { run } = start({ slots: 2 })
  const all = Array.from({ length: 9 }, (_, index) => run(requestOf([index + 1, index + 2])))
  expect((await Promise.all(all)).map(({ reason }) => reason)).toEqual(Array(9).fill('length'))
})

test('two slots that become free together are both taken', async () => {
  const { run } = start({ slots: 2 })
  const ended: string[] = []
  const work = [requestOf([1], 3), requestOf([2], 2), requestOf([3], 20), requestOf([4], 1)].map((call, index) =>
    run(call).then(() => ended.push(`request ${index}`)),
  )
  await Promise.all(work)
  expect(ended.at(-1)).toBe('request 2')
})

test('a prompt of one token less than the context gets one token', async () => {
  const { run } = start()
  const prompt = Array.from({ length: 63 }, (_, index) => index)
  const { reason, usage } = await run(requestOf(prompt, 100))
  expect(reason).toBe('length')
  expect(usage).toMatchObject({ promptTokens: 63, completionTokens: 1 })
})

test('a sampler that cannot be had costs no slot', async () => {
  let isBroken = true
  const { inUse, run } = start({
    slots: 1,
    onTake() {
      if (isBroken) throw new Error('no memory')
    },
  })
  await expect(run(requestOf([1]))).rejects.toMatchObject({ code: 'generation_failed' })
  isBroken = false
  expect(await run(requestOf([1]))).toMatchObject({ reason: 'length' })
  expect(inUse.size).toBe(0)
})

test('text that was foreseen comes in one event, and what comes after a stop text is not counted', async () => {
  const guide = {
    isOver: false,
    missing: () => undefined,
    allows: () => true,
    advance: (given: readonly number[]) => ({ tokens: [...given, 5, 6, 7, 8], isClosed: false }),
  } as unknown as AnswerGuide
  const { runAll } = start({ guide: () => guide })
  const call = requestOf([1], 20, { format: { type: 'json-object' }, stop: ['17,5,6'] })
  expect(await runAll(call)).toMatchObject([
    { type: 'text-delta', text: '5,6,7,8,' },
    { type: 'generation-end', reason: 'stop', usage: { completionTokens: 7, forcedTokens: 6 } },
  ])
  const withChances = await runAll({ ...call, logprobs: { top: 0 } })
  expect(withChances.at(-1)).toMatchObject({ usage: { completionTokens: 7, forcedTokens: 6 } })
  const texts = withChances.flatMap((event) => (event.type === 'text-delta' ? [event] : []))
  expect(texts.map(({ text }) => text).join('')).toBe('5,6,7,8,')
  expect(texts.flatMap(({ logprobs = [] }) => logprobs.map(({ token }) => token))).toEqual([5, 6, 7, 8])
})

test('a grammar that gives up before there is an answer is the fault of the request', async () => {
  const problem = () => {
    throw new GuideProblem('it is too ambiguous')
  }
  const early = start({ slots: 1, guide: problem })
  const late = start({
    slots: 1,
    guide: () => ({ missing: () => undefined, advance: problem }) as unknown as AnswerGuide,
  })
  for (const { inUse, run } of [early, late]) {
    for (const [format, param] of [
      [{ type: 'json-object' }, 'response_format'],
      [{ type: 'grammar', grammar: 'root ::= "a"' }, 'grammar'],
    ] as const)
      await expect(run(requestOf([1], 3, { format }))).rejects.toMatchObject({
        code: 'invalid_parameter',
        facts: { param, problem: 'it is too ambiguous' },
      })
    expect(await run(requestOf([1]))).toMatchObject({ reason: 'length' })
    expect(inUse.size).toBe(0)
  }
})

test('many errands do not keep those who generate waiting', async () => {
  const { fake, generator, run } = start()
  const decodesBefore: number[] = []
  let errands: Promise<unknown>[] = []
  fake.duringDecode = () => {
    if (errands.length > 0) return
    errands = Array.from({ length: 5 }, () =>
      generator.betweenBatches(() => {
        decodesBefore.push(fake.decodedSizes.length)
        for (const until = performance.now() + 11; performance.now() < until; );
      }),
    )
  }
  await run(requestOf([1], 20))
  await Promise.all(errands)
  expect(decodesBefore).toEqual([1, 2, 3, 4, 5])
})
