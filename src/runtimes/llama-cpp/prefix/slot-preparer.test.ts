import { expect, test } from 'bun:test'
import { requestOf, startGenerator } from '../generator.fixture.ts'
import { statesFolder } from './states-folder.fixture.ts'

const prefix = Array.from({ length: 40 }, (_, index) => index + 100)
const promptOf = (last: number) => [...prefix, last]
const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0)

test('a prefix that several requests share is read once, and the others copy it', async () => {
  const { fake, run } = startGenerator({ slots: 4 })
  const ends = await Promise.all([1, 2, 3, 4].map((last) => run(requestOf(promptOf(last), 2))))
  expect(ends.map(({ usage }) => usage.cachedTokens)).toEqual([0, 40, 40, 40])
  expect(fake.copies).toBe(3)
  // The prefix once, the last token of each prompt, and the first token of each answer.
  expect(sum(fake.decodedSizes)).toBe(40 + 4 + 4)
})

test('answers to the same prompt read it once', async () => {
  const { fake, run } = startGenerator({ slots: 4 })
  const ends = await Promise.all(Array.from({ length: 4 }, () => run(requestOf(promptOf(1), 2))))
  expect(ends.map(({ usage }) => usage.cachedTokens)).toEqual([0, 40, 40, 40])
  expect(sum(fake.decodedSizes)).toBe(41 + 3 + 4)
})

test('what a busy slot has read is copied at once', async () => {
  const { fake, run } = startGenerator({ slots: 2 })
  const late = Promise.withResolvers<Awaited<ReturnType<typeof run>>>()
  fake.duringDecode = () => {
    if (fake.decodedSizes.length === 4) late.resolve(run(requestOf(promptOf(2), 2)))
  }
  await run(requestOf(promptOf(1), 20))
  expect((await late.promise).usage.cachedTokens).toBe(40)
})

test('when the one that reads for others is aborted, the next one reads, from where it was', async () => {
  const { fake, run } = startGenerator({ slots: 4 })
  const controller = new AbortController()
  fake.duringDecode = () => {
    if (fake.decodedSizes.length === 1) controller.abort() // in the second of three batches
  }
  const first = run(requestOf(promptOf(1), 2), controller.signal)
  const others = [2, 3].map((last) => run(requestOf(promptOf(last), 2)))
  expect((await first).reason).toBe('aborted')
  const ends = await Promise.all(others)
  expect(ends.map(({ reason, usage }) => [reason, usage.cachedTokens])).toEqual([
    ['length', 32],
    ['length', 40],
  ])
})

test('one that waits can be aborted, and costs nothing', async () => {
  const { fake, inUse, run } = startGenerator({ slots: 2 })
  const controller = new AbortController()
  fake.duringDecode = () => controller.abort()
  const first = run(requestOf(promptOf(1), 2))
  const second = await run(requestOf(promptOf(2), 2), controller.signal)
  expect(second).toMatchObject({ reason: 'aborted', usage: { cachedTokens: 0, completionTokens: 0 } })
  expect(await first).toMatchObject({ reason: 'length' })
  expect([fake.copies, inUse.size]).toEqual([0, 0])
})

test('when the batch of the one that reads fails, whoever waits for it is told, and the next request is answered', async () => {
  const { fake, run } = startGenerator({ slots: 2 })
  fake.duringDecode = () => {
    if (fake.decodedSizes.length === 1) throw new Error('out of memory')
  }
  const both = [1, 2].map((last) => run(requestOf(promptOf(last), 2)).catch((error) => error))
  expect(await Promise.all(both)).toMatchObject([{ code: 'generation_failed' }, { code: 'generation_failed' }])
  fake.duringDecode = () => {}
  expect(await run(requestOf(promptOf(1), 2))).toMatchObject({ reason: 'length' })
})

test('what cannot be copied is read', async () => {
  const { fake, run } = startGenerator({ slots: 2 })
  fake.beforeCopy = () => {
    throw new Error('no memory')
  }
  const ends = await Promise.all([1, 2].map((last) => run(requestOf(promptOf(last), 2))))
  expect(ends.map(({ reason, usage }) => [reason, usage.cachedTokens])).toEqual([
    ['length', 0],
    ['length', 0],
  ])
})

test('memory that keeps one state for all tokens is copied only where all of them are wanted', async () => {
  const { fake, run } = startGenerator({ slots: 2 })
  fake.window = 1
  const { usage } = await run(requestOf(promptOf(1), 1))
  expect(usage.cachedTokens).toBe(0)
  const all = [...promptOf(1), 3]
  // While the first goes on in its own slot, the second wants another text after the same beginning.
  const ends = await Promise.all([run(requestOf([...all, 4], 2)), run(requestOf([...prefix, 9], 2))])
  expect(ends.map(({ usage: { cachedTokens } }) => cachedTokens)).toEqual([41, 0])
})

test('the chances of the prompt are read, not copied', async () => {
  const { run } = startGenerator({ slots: 2 })
  const call = requestOf(promptOf(1), 2, { repeatsPrompt: true, logprobs: { top: 0 } })
  const ends = await Promise.all([run(requestOf(promptOf(1), 2)), run(call)])
  expect(ends.map(({ usage }) => usage.cachedTokens)).toEqual([0, 0])
})

const textOf = (first: number, length = 30) => Array.from({ length }, (_, index) => first + index)

test('a conversation that lost its slot comes back without being read again', async () => {
  using folder = statesFolder()
  const { fake, run, problems } = startGenerator({ slots: 1, folder })
  await run(requestOf(textOf(100), 2))
  await run(requestOf(textOf(200), 2))
  expect(fake.saves).toBe(1)
  const { usage } = await run(requestOf([...textOf(100), 7], 2))
  expect(usage.cachedTokens).toBe(30)
  expect([fake.loads, fake.offences, problems]).toEqual([1, [], []])
})

test('every branch of a conversation is found again', async () => {
  using folder = statesFolder()
  const { fake, run } = startGenerator({ slots: 1, folder })
  const branches = [1000, 2000, 3000].map((first) => [...textOf(100, 20), ...textOf(first, 20)])
  for (const branch of branches) await run(requestOf(branch, 2))
  for (const branch of branches) expect((await run(requestOf([...branch, 9], 2))).usage.cachedTokens).toBe(40)
  expect(fake.offences).toEqual([])
})

test('what is short, or is held elsewhere too, is not kept', async () => {
  using folder = statesFolder()
  const { fake, run } = startGenerator({ slots: 1, folder })
  await run(requestOf(textOf(100, 5), 2))
  await run(requestOf(textOf(200), 2))
  expect(fake.saves).toBe(0)
  await run(requestOf(textOf(300), 2))
  await run(requestOf(textOf(200), 2)) // comes back
  await run(requestOf(textOf(400), 2)) // is overwritten again, and kept already
  expect(fake.saves).toBe(2)
})

test('a state that cannot be read is read from the prompt', async () => {
  using folder = statesFolder()
  const { fake, run, problems } = startGenerator({ slots: 1, folder })
  await run(requestOf(textOf(100), 2))
  await run(requestOf(textOf(200), 2))
  fake.loadSequenceStateFromFile = () => Promise.reject(new Error('no memory'))
  const { reason, usage } = await run(requestOf([...textOf(100), 7], 2))
  expect([reason, usage.cachedTokens]).toEqual(['length', 0])
  expect(problems).toMatchObject([expect.stringContaining('no memory')])
})

test('what a recurrent memory held comes back whole, and never in part', async () => {
  using folder = statesFolder()
  const { fake, run } = startGenerator({ slots: 1, folder })
  fake.window = 1
  await run(requestOf(textOf(100), 2)) // 30 tokens and the first of the answer
  await run(requestOf(textOf(200), 2))
  expect((await run(requestOf([...textOf(100), 7], 2))).usage.cachedTokens).toBe(0)
  const answered = [...textOf(100), 129 * 2 + 1]
  expect((await run(requestOf([...answered, 7], 2))).usage.cachedTokens).toBe(31)
})

test('after a rest all slots are in files that outlive the process, and the next process finds them', async () => {
  using folder = statesFolder(2 ** 20, true)
  const { fake, generator, run } = startGenerator({ slots: 2, folder, restMilliseconds: 0 })
  const kept = Promise.withResolvers<void>()
  const save = fake.saveSequenceStateToFile.bind(fake)
  fake.saveSequenceStateToFile = async (...given) => {
    const bytes = await save(...given)
    if (fake.saves === 2) kept.resolve()
    return bytes
  }
  await Promise.all([100, 200].map((first) => run(requestOf(textOf(first), 2))))
  await kept.promise
  await generator.close()
  const next = startGenerator({ slots: 2, folder })
  const ends = await Promise.all([100, 200].map((first) => next.run(requestOf([...textOf(first), 7], 2))))
  expect(ends.map(({ usage }) => usage.cachedTokens)).toEqual([30, 30])
})
