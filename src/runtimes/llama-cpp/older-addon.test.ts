import { expect, test } from 'bun:test'
import type { AddonContext, AddonSampler } from './addon.ts'
import { guardOlder } from './older-addon.ts'

/** As one of 3.21.1: it has no way to copy a sequence, and breaks when it samples twice at once. */
class OlderContext {
  sampling = 0
  most = 0

  async sampleToken(place: number): Promise<number> {
    this.sampling++
    this.most = Math.max(this.most, this.sampling)
    await new Promise(setImmediate)
    this.sampling--
    if (place < 0) throw new Error('no such place')
    return place + 1
  }
}

const sampler = {} as AddonSampler

test('an older addon samples one token after the other, also after one that failed', async () => {
  const older = new OlderContext()
  const context = guardOlder(older as unknown as AddonContext)
  const failed = context.sampleToken(-1, sampler).catch((error: Error) => error.message)
  const all = [1, 2, 3].map((place) => context.sampleToken(place, sampler))
  expect(await failed).toBe('no such place')
  expect(await Promise.all(all)).toEqual([2, 3, 4])
  expect(older.most).toBe(1)
})

test('an older addon refuses what it would answer wrongly', async () => {
  const context = guardOlder(new OlderContext() as unknown as AddonContext)
  const refusal = {
    code: 'native_libraries_unusable',
    message: expect.stringContaining('older than node-llama-cpp 3.22.1'),
  }
  await expect(context.sampleToken(0, sampler, false, false, [[1], false, false, true, 0], true)).rejects.toMatchObject(
    refusal,
  )
  await expect(context.copySequenceStateFromOtherSequence(1, 0)).rejects.toMatchObject(refusal)
  expect(await context.sampleToken(4, sampler)).toBe(5)
})

test('a context of this addon stays as it is', () => {
  const current = { copySequenceStateFromOtherSequence: async () => 0 } as unknown as AddonContext
  const before = Object.getOwnPropertyNames(current)
  expect(guardOlder(current)).toBe(current)
  expect(Object.getOwnPropertyNames(current)).toEqual(before)
})
