import { expect, test } from 'bun:test'
import { ServerError } from '../../core/errors.ts'
import { inWordsOfResponses } from './error-words.ts'

test.each([
  ['messages', 'input'],
  ['messages[2].content', 'input'],
  ['maxTokens', 'max_output_tokens'],
  ['response_format.json_schema.schema.properties.a', 'text.format.schema.properties.a'],
  ['response_format', 'text.format'],
  ['tools[1].function.parameters.type', 'tools[1].parameters.type'],
  ['tools', 'tools'],
  ['logit_bias', 'logit_bias'],
])('%s is %s to a client of responses', (inside, outside) => {
  const error = inWordsOfResponses(new ServerError('invalid_parameter', { param: inside, problem: 'it is odd' }))
  expect(error).toMatchObject({ code: 'invalid_parameter', param: outside })
  expect((error as Error).message).toContain(`'${outside}'`)
})

test('other errors are let through', () => {
  const error = new Error('x')
  expect(inWordsOfResponses(error)).toBe(error)
})
