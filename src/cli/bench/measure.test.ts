import { expect, test } from 'bun:test'
import type { AnswerEnd } from '../chat/ask-model.ts'
import { jointSpeed } from './measure.ts'

const end = (completionTokens: number, firstMilliseconds: number, wholeMilliseconds: number): AnswerEnd => ({
  model: 'm',
  finishReason: 'stop',
  promptTokens: 1,
  cachedTokens: 0,
  completionTokens,
  firstMilliseconds,
  wholeMilliseconds,
})

test('the time in which a prompt is read is no time in which tokens are generated', () => {
  expect(jointSpeed([end(11, 900, 1000)])).toBe(100)
  expect(jointSpeed([end(11, 900, 1000), end(10, 950, 1100)])).toBe(100)
  expect(jointSpeed([end(1, 900, 900)])).toBe(0)
})
