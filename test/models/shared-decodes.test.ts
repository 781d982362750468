import { describe, expect, test } from 'bun:test'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { realModels } from '../real-models.ts'
import { librariesWithoutStep, realEntry, realRuntime } from './real-runtime.ts'

const signal = new AbortController().signal

const load = async (nativeFolder?: string) => {
  const entry = await realEntry({
    path: (await realModels()).embedding,
    kind: 'embedding',
    load: { contextSize: 'auto' },
  })
  return realRuntime(nativeFolder ? { nativeFolder } : {}).load(entry, { signal })
}

const nouns = ['cat', 'river', 'engine', 'letter', 'storm', 'violin', 'planet', 'doctor']
/** From 4 tokens to more than 64, no two of them alike. */
const texts = Array.from({ length: 40 }, (_, index) =>
  Array.from({ length: 1 + ((index * 7) % 24) }, (_, word) => nouns[(index * 3 + word * (1 + (index % 5))) % 8])
    .concat(`number ${index}`)
    .join(' '),
)

async function vectorsOf(model: LoadedModel, inputs: readonly string[]): Promise<readonly Float32Array[]> {
  const result = await model.embed?.(inputs, {}, signal)
  return result?.vectors ?? []
}

const cosine = (left: Float32Array, right: Float32Array) =>
  left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0)

/** Places where the two differ by more than the noise of weights in 8 bits. */
const differing = (left: readonly Float32Array[], right: readonly Float32Array[]) =>
  [...texts.keys()].filter((index) => {
    const [own, other] = [left[index], right[index]]
    return !own || !other || cosine(own, other) < 0.9995
  })

describe.each([
  ['with what this machine has', false],
  ['without the native step', true],
])('vectors of many texts at once, %s', (_, isPlain) => {
  test('are those of each text alone, in their order, also when many ask at once', async () => {
    await using model = await load(isPlain ? await librariesWithoutStep() : undefined)
    const alone: Float32Array[] = []
    for (const text of texts) alone.push(...(await vectorsOf(model, [text])))
    expect(differing(alone, await vectorsOf(model, texts))).toEqual([])
    const each = await Promise.all(texts.map((text) => vectorsOf(model, [text])))
    expect(differing(alone, each.flat())).toEqual([])
  }, 60_000)
})
