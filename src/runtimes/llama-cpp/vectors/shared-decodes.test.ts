import { expect, test } from 'bun:test'
import type { AddonContext } from '../addon.ts'
import { type SharedDecodes, type Vector, VectorContexts } from './vector-contexts.ts'

const never = new AbortController().signal
const first = (vector: Vector) => vector[0]

/** A context that answers each input's first token, once the test lets it. */
class SharedContext {
  /** First tokens of the inputs of each decode. */
  readonly decodes: number[][] = []
  #size = 0
  #filled = 0
  #ends: PromiseWithResolvers<void>[] = []

  get context(): AddonContext {
    return this as unknown as AddonContext
  }
  disposeSequence(): void {}
  initBatch(size: number): void {
    this.#size = size
    this.#filled = 0
    this.decodes.push([])
  }
  addToBatch(sequence: number, firstPosition: number, tokens: Uint32Array, withLogits: Uint32Array): void {
    const decode = this.decodes.at(-1) ?? []
    expect([sequence, firstPosition]).toEqual([decode.length, 0])
    expect([...withLogits]).toEqual([...tokens.keys()])
    decode.push(tokens[0] ?? 0)
    this.#filled += tokens.length
  }
  decodeBatch(): Promise<void> {
    expect(this.#filled).toBe(this.#size)
    const end = Promise.withResolvers<void>()
    this.#ends.push(end)
    return end.promise
  }
  read(count: number): readonly Vector[] {
    const decode = this.decodes.at(-1) ?? []
    expect(count).toBe(decode.length)
    return decode.map((token) => Float32Array.of(token))
  }
  /** Ends the decode that is under way. */
  end(error?: Error): void {
    const end = this.#ends.shift()
    expect(end).toBeDefined()
    if (error) end?.reject(error)
    else end?.resolve()
  }
}

/** Lets everything happen that does not wait for a context. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

const read: SharedDecodes['read'] = (context, count) => (context as unknown as SharedContext).read(count)
const shared = { mostInputs: 4, fullTokens: 8, mostTokens: 16, read }
/** So many tokens, the first one of them as told. */
const input = (token: number, length: number) => [token, ...Array(length - 1).fill(0)]

async function endAll(context: SharedContext, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await settled()
    context.end()
  }
}

test('short inputs share a decode until it is full, and a long one is alone in its own', async () => {
  const context = new SharedContext()
  const contexts = new VectorContexts([{ any: context.context }], { shared })
  const lengths = [9, 8, 5, 4, 3, 2, 2, 2, 2]
  const results = contexts.each(
    lengths.map((length, index) => input(index, length)),
    never,
    first,
  )
  await endAll(context, 5)
  expect(await results).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect(context.decodes).toEqual([[0], [1], [2, 3], [4, 5, 6, 7], [8]])
})

test('which context computes is decided by all tokens of a decode', async () => {
  const [any, short] = [new SharedContext(), new SharedContext()]
  const lane = { any: any.context, short: { context: short.context, mostTokens: 7 } }
  const contexts = new VectorContexts([lane], { shared })
  const results = contexts.each([input(1, 5), input(2, 5), input(3, 3), input(4, 3)], never, first)
  await endAll(any, 1)
  await endAll(short, 2)
  expect(await results).toEqual([1, 2, 3, 4])
  expect([any.decodes, short.decodes]).toEqual([[[1, 2]], [[3], [4]]])
})

test('lanes share what there is', async () => {
  const [left, right] = [new SharedContext(), new SharedContext()]
  const contexts = new VectorContexts([{ any: left.context }, { any: right.context }], { shared })
  const results = contexts.each([input(1, 2), input(2, 2), input(3, 2), input(4, 2)], never, first)
  left.end()
  right.end()
  expect(await results).toEqual([1, 2, 3, 4])
  expect([left.decodes, right.decodes]).toEqual([[[3, 4]], [[1, 2]]])
})

test('requests take turns in a shared decode, and each gets its own results', async () => {
  const context = new SharedContext()
  const contexts = new VectorContexts([{ any: context.context }], { shared: { ...shared, mostInputs: 2 } })
  const begun = contexts.each([[1]], never, first)
  const many = contexts.each([[2], [3], [4]], never, first)
  const one = contexts.each([[9]], never, first)
  await endAll(context, 2)
  expect(await begun).toEqual([1])
  expect(await one).toEqual([9])
  await endAll(context, 1)
  expect(await many).toEqual([2, 3, 4])
  expect(context.decodes).toEqual([[1], [2, 9], [3, 4]])
})

test('an abort of one request takes nothing from the other that it shares a decode with; an error ends both', async () => {
  const context = new SharedContext()
  const contexts = new VectorContexts([{ any: context.context }], { shared })
  const begun = contexts.each([[1]], never, first)
  const controller = new AbortController()
  const message = (error: Error) => error.message
  const aborted = contexts.each([[2]], controller.signal, first).catch(message)
  const other = contexts.each([[3]], never, first)
  await endAll(context, 1)
  await settled()
  expect(context.decodes.at(-1)).toEqual([2, 3])
  controller.abort(new Error('gone'))
  context.end()
  expect([await begun, await aborted, await other]).toEqual([[1], 'gone', [3]])

  const busy = contexts.each([[4]], never, first)
  const both = [5, 6].map((token) => contexts.each([[token]], never, first).catch(message))
  await endAll(context, 1)
  await settled()
  context.end(new Error('Eval has failed'))
  expect([await busy, ...(await Promise.all(both))]).toEqual([[4], 'Eval has failed', 'Eval has failed'])
})

test('lanes end together: what one computes already counts, as far as it has not been done', async () => {
  let now = 0
  const [left, right] = [new SharedContext(), new SharedContext()]
  const contexts = new VectorContexts([{ any: left.context }, { any: right.context }], { shared, now: () => now })
  const inputs = Array.from({ length: 12 }, (_, index) => input(index, 2))
  const results = contexts.each(inputs, never, first)
  // 24 tokens for two lanes: one decode of 12 each would be more than four inputs.
  expect([right.decodes, left.decodes]).toEqual([[[0, 1, 2, 3]], [[4, 5, 6, 7]]])
  now = 8
  right.end()
  await settled()
  // Of the other lane's 8 tokens nothing should be left, so it will take half of the 8 that wait.
  expect(right.decodes.at(-1)).toEqual([8, 9])
  left.end()
  await settled()
  expect(left.decodes.at(-1)).toEqual([10, 11])
  right.end()
  left.end()
  expect(await results).toEqual([...inputs.keys()])
})

test('a shared decode never has more tokens than its context takes', async () => {
  const context = new SharedContext()
  const contexts = new VectorContexts([{ any: context.context }], { shared: { ...shared, mostTokens: 9 } })
  const results = contexts.each([input(1, 5), input(2, 5), input(3, 5)], never, first)
  await endAll(context, 3)
  expect(await results).toEqual([1, 2, 3])
  expect(context.decodes).toEqual([[1], [2], [3]])
})
