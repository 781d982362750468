import { expect, test } from 'bun:test'
import type { AddonContext } from '../addon.ts'
import { type Vector, VectorContexts } from './vector-contexts.ts'

const never = new AbortController().signal
const first = (vector: Vector) => vector[0]

/** A context that answers an input's first token, once the test lets it. */
class SlowContext {
  /** The inputs that it was given, and how to end the one that it computes. */
  readonly given: number[][] = []
  end: (error?: Error) => void = () => {}
  #begun = Promise.withResolvers<void>()
  #size = 0

  get context(): AddonContext {
    return this as unknown as AddonContext
  }
  /** Resolves when it computes. */
  get begun(): Promise<void> {
    return this.#begun.promise
  }
  disposeSequence(): void {}
  initBatch(size: number): void {
    this.#size = size
  }
  addToBatch(_sequence: number, _first: number, tokens: Uint32Array, withLogits: Uint32Array): void {
    expect(tokens.length).toBe(this.#size)
    expect([...withLogits]).toEqual([...tokens.keys()])
    this.given.push([...tokens])
  }
  decodeBatch(): Promise<void> {
    this.#begun.resolve()
    return new Promise((resolve, reject) => {
      this.end = (error) => {
        this.#begun = Promise.withResolvers()
        if (error) reject(error)
        else resolve()
      }
    })
  }
  getEmbedding(): Float64Array {
    return Float64Array.of(this.given.at(-1)?.[0] ?? 0)
  }
}

const contextsOf = (...lanes: readonly SlowContext[]) =>
  new VectorContexts(lanes.map(({ context }) => ({ any: context })))
async function step(context: SlowContext, error?: Error): Promise<void> {
  await context.begun
  context.end(error)
}

test('results are in the order of the inputs, whichever is computed first', async () => {
  const context = new SlowContext()
  const results = contextsOf(context).each([[1], [2, 2], [3, 3, 3], [4, 4]], never, first)
  for (let count = 0; count < 4; count++) await step(context)
  expect(await results).toEqual([1, 2, 3, 4])
  // The longest first; equals as they stand.
  expect(context.given.map(([token]) => token)).toEqual([3, 2, 4, 1])
})

test('no inputs have no results', async () => {
  expect(await contextsOf(new SlowContext()).each([], never, first)).toEqual([])
})

test('all lanes compute at once', async () => {
  const [left, right] = [new SlowContext(), new SlowContext()]
  const results = contextsOf(left, right).each([[1], [2]], never, first)
  await Promise.all([left.begun, right.begun])
  left.end()
  right.end()
  expect(await results).toEqual([1, 2])
})

test('a request with one input waits for one input of a request with many, and not for all of them', async () => {
  const context = new SlowContext()
  const contexts = contextsOf(context)
  const many = contexts.each([[1], [2], [3], [4]], never, first)
  await context.begun
  const one = contexts.each([[9]], never, first)
  const other = contexts.each([[7], [8]], never, first)
  for (let count = 0; count < 3; count++) await step(context)
  expect(await one).toEqual([9])
  for (let count = 0; count < 4; count++) await step(context)
  expect(await other).toEqual([7, 8])
  expect(await many).toEqual([1, 2, 3, 4])
  expect(context.given.map(([token]) => token)).toEqual([1, 2, 9, 7, 3, 8, 4])
})

test('short inputs go to the context for them, and longer ones to the other', async () => {
  const [any, short] = [new SlowContext(), new SlowContext()]
  const contexts = new VectorContexts([{ any: any.context, short: { context: short.context, mostTokens: 2 } }])
  const results = contexts.each([[1, 1], [2, 2, 2], [3]], never, first)
  await step(any)
  await step(short)
  await step(short)
  expect(await results).toEqual([1, 2, 3])
  expect([any.given.length, short.given.length]).toEqual([1, 2])
})

test('an abort is told once nothing of the request is computed any more, and the lane goes on with others', async () => {
  const context = new SlowContext()
  const contexts = contextsOf(context)
  const controller = new AbortController()
  const aborted = contexts.each([[1], [2]], controller.signal, first).catch((error: Error) => error.message)
  let isOver = false
  void aborted.then(() => {
    isOver = true
  })
  await context.begun
  controller.abort(new Error('gone'))
  const other = contexts.each([[5]], never, first)
  await Promise.resolve()
  expect(isOver).toBe(false)
  await step(context)
  expect(await aborted).toBe('gone')
  await step(context)
  expect(await other).toEqual([5])
  expect(context.given).toEqual([[1], [5]])
})

test('a request that waits for its turn ends at once when it is aborted', async () => {
  const context = new SlowContext()
  const contexts = contextsOf(context)
  const running = contexts.each([[1]], never, first)
  const controller = new AbortController()
  const waiting = contexts.each([[2]], controller.signal, first).catch((error: Error) => error.message)
  controller.abort(new Error('gone'))
  expect(await waiting).toBe('gone')
  await step(context)
  expect(await running).toEqual([1])
  expect(context.given).toEqual([[1]])
})

test('an error of a context ends its request, and the lane is there for the next one', async () => {
  const context = new SlowContext()
  const contexts = contextsOf(context)
  const failing = contexts.each([[1], [2]], never, first).catch((error: Error) => error.message)
  const other = contexts.each([[3]], never, first)
  await step(context, new Error('Eval has failed'))
  expect(await failing).toBe('Eval has failed')
  await step(context)
  expect(await other).toEqual([3])
})

test('an input that is the only one is decoded apart, unless it is long; with others none is', async () => {
  const context = new SlowContext()
  const apart: number[] = []
  const lone = {
    mostTokens: 2,
    decode: async (_: AddonContext, tokens: number, isAlone: () => boolean) => {
      expect(isAlone()).toBe(true)
      apart.push(tokens)
    },
  }
  const contexts = new VectorContexts([{ any: context.context }], { lone })
  expect(await contexts.each([[1, 1]], never, first)).toEqual([1])
  expect(apart).toEqual([2])
  const long = contexts.each([[2, 2, 2]], never, first)
  await step(context)
  expect(await long).toEqual([2])
  // The last one of several is alone again.
  const two = contexts.each([[3], [4, 4]], never, first)
  await step(context)
  expect(await two).toEqual([3, 4])
  expect(apart).toEqual([2, 1])
})

test('an input is no longer alone once another one has come', async () => {
  const [left, right] = [new SlowContext(), new SlowContext()]
  const heard: boolean[] = []
  const ends = Promise.withResolvers<void>()
  const decode = async (_context: AddonContext, _tokens: number, isAlone: () => boolean) => {
    heard.push(isAlone())
    await ends.promise
    heard.push(isAlone())
  }
  const contexts = new VectorContexts(
    [left, right].map(({ context }) => ({ any: context })),
    {
      lone: { mostTokens: 8, decode },
    },
  )
  const one = contexts.each([[1]], never, first)
  const other = contexts.each([[2]], never, first)
  await left.begun
  ends.resolve()
  expect(await one).toEqual([1])
  left.end()
  expect(await other).toEqual([2])
  expect(heard).toEqual([true, false])
})
