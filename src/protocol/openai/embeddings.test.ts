import { expect, test } from 'bun:test'
import { checkDimensions, fromVectors, toInputs } from './embeddings.ts'

const result = { vectors: [new Float32Array([0.6, 0, 0.8]), new Float32Array([0, 1, 0])], promptTokens: 7 }

test('each form of an input becomes one input a vector, in order', () => {
  expect(toInputs({ input: 'a' })).toEqual(['a'])
  expect(toInputs({ input: ['a', 'b'] })).toEqual(['a', 'b'])
  expect(toInputs({ input: [1, 2] })).toEqual([[1, 2]])
  expect(toInputs({ input: [[1], [2, 3]] })).toEqual([[1], [2, 3]])
})

test('vectors keep their order, and the counts are those of the model', () => {
  const reply = fromVectors(result, { input: ['a', 'b'] }, 'm')
  expect(reply.data.map(({ index }) => index)).toEqual([0, 1])
  expect(reply.data[1]?.embedding).toEqual([0, 1, 0])
  expect(reply.usage).toEqual({ prompt_tokens: 7, total_tokens: 7 })
})

test('numbers are written short, and are the same 32-bit floats', () => {
  const values = [1, -1, 0, 0.1, -0.0345120202, 1 / 3, 1e-3, 1e-7, 1e-20, 0.999999, 12_345.678, 3e38]
  const vector = Float32Array.from([...values, ...Array.from({ length: 2000 }, (_, index) => Math.sin(index * 7) / 20)])
  const { embedding } = fromVectors({ vectors: [vector], promptTokens: 1 }, { input: 'a' }, 'm').data[0] ?? {}
  expect(Float32Array.from(embedding as number[])).toEqual(vector)
  expect(JSON.stringify(embedding).length).toBeLessThan(0.7 * JSON.stringify([...vector]).length)
})

test('base64 is little-endian 32-bit floats', () => {
  const { embedding } = fromVectors(result, { input: 'a', encoding_format: 'base64' }, 'm').data[0] ?? {}
  const bytes = Buffer.from(String(embedding), 'base64')
  expect([0, 4, 8].map((at) => bytes.readFloatLE(at))).toEqual([...(result.vectors[0] ?? [])])
})

test('fewer dimensions are the first numbers, of length 1 again', () => {
  const [first, second] = fromVectors(result, { input: ['a', 'b'], dimensions: 1 }, 'm').data
  expect(first?.embedding).toEqual([1])
  expect(second?.embedding).toEqual([0])
})

test('more dimensions than the model has are refused, with both numbers', () => {
  expect(() => checkDimensions({ input: 'a', dimensions: 4 }, 3)).toThrow('have 3 numbers, found 4')
  expect(() => checkDimensions({ input: 'a', dimensions: 3 }, 3)).not.toThrow()
  expect(() => checkDimensions({ input: 'a' }, 3)).not.toThrow()
})
