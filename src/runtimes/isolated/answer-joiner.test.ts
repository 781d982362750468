import { expect, test } from 'bun:test'
import type { GenerationEvent } from '../../core/generation.ts'
import { AnswerJoiner } from './answer-joiner.ts'

const joined = (...events: readonly GenerationEvent[]) => {
  const joiner = new AnswerJoiner()
  for (const event of events) joiner.push(event)
  return joiner.events()
}
const chance = (token: number) => ({ token, text: `${token}`, bytes: [token], logprob: -1, top: [] })

test('stretches of one kind become one event each, in their order', () => {
  const call = { type: 'tool-call-start', index: 0, id: 'a', name: 'f' } as const
  expect(
    joined(
      { type: 'prompt-progress', done: 1, total: 2 },
      { type: 'reasoning-delta', text: 'hm' },
      { type: 'reasoning-delta', text: '…' },
      { type: 'text-delta', text: 'so ' },
      { type: 'text-delta', text: 'it is' },
      call,
      { type: 'tool-call-delta', index: 0, arguments: '{' },
      { type: 'tool-call-delta', index: 0, arguments: '}' },
      { type: 'tool-call-delta', index: 1, arguments: '[]' },
      { type: 'text-delta', text: '.' },
    ),
  ).toEqual([
    { type: 'reasoning-delta', text: 'hm…' },
    { type: 'text-delta', text: 'so it is' },
    call,
    { type: 'tool-call-delta', index: 0, arguments: '{}' },
    { type: 'tool-call-delta', index: 1, arguments: '[]' },
    { type: 'text-delta', text: '.' },
  ])
})

test('chances of all tokens are kept, also where the first piece has none', () => {
  expect(
    joined(
      { type: 'text-delta', text: 'a', logprobs: [] },
      { type: 'text-delta', text: 'b', logprobs: [chance(1), chance(2)] },
      { type: 'text-delta', text: 'c', logprobs: [chance(3)] },
    ),
  ).toEqual([{ type: 'text-delta', text: 'abc', logprobs: [chance(1), chance(2), chance(3)] }])
  expect(joined({ type: 'text-delta', text: 'a' })).toEqual([{ type: 'text-delta', text: 'a' }])
})
