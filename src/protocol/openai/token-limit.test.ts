import { expect, test } from 'bun:test'
import { toClientParam } from './token-limit.ts'

test('an error about the limit names it as the client did', () => {
  expect(toClientParam('maxTokens', { max_completion_tokens: 5, max_tokens: 6 })).toBe('max_completion_tokens')
  expect(toClientParam('maxTokens', { max_tokens: 6 })).toBe('max_tokens')
  expect(toClientParam('maxTokens', { n_predict: 6 })).toBe('n_predict')
  expect(toClientParam('maxTokens', { options: { num_predict: 6 } })).toBe('options.num_predict')
  expect(toClientParam('maxTokens', {})).toBe('max_tokens')
})

test('an error about the format names the place of the format', () => {
  expect(toClientParam('response_format', {}, 'json_schema')).toBe('json_schema')
  expect(toClientParam('messages', {}, 'json_schema')).toBe('messages')
})
