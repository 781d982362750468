import { expect, test } from 'bun:test'
import { nearNames } from './near-names.ts'

const models = [
  ['smollm2-135m-instruct', 'SmolLM2-135M-Instruct.Q4_1'],
  ['all-minilm-l6-v2'],
  ['qwen3-0.6b'],
  ['qwen3-4b'],
  ['qwen3-8b'],
  ['qwen3-30b'],
  ['Llama-3.2-3B', 'mine'],
]

test('names what begins so, then what has it as a part, then what is spelt nearly so', () => {
  for (const [wrong, near] of [
    ['smollm2', ['smollm2-135m-instruct']],
    ['SmolLM2:135m', ['smollm2-135m-instruct']],
    ['minilm', ['all-minilm-l6-v2']],
    ['llama3.2', ['Llama-3.2-3B']],
    ['instruct.q4', ['SmolLM2-135M-Instruct.Q4_1']],
    ['min', ['mine']],
    ['qwen3', ['qwen3-4b', 'qwen3-8b', 'qwen3-30b']],
    ['qwen3:30b', ['qwen3-30b']],
    ['smollm3-135m-instruct', ['smollm2-135m-instruct']],
    ['mime', ['mine']],
    ['gpt-4o', []],
    ['-', []],
    ['', []],
    ['x'.repeat(5_000_000), []],
  ] as const)
    expect(nearNames(wrong, models), wrong.slice(0, 30)).toEqual([...near])
  expect(nearNames('smollm2', [])).toEqual([])
})
