import { expect, test } from 'bun:test'
import type { GenerationRequest, OutputFormat } from '../../core/generation.ts'
import { ownAnswer } from './fake-answer.ts'

const answer = (more: Partial<GenerationRequest>) =>
  ownAnswer({
    prompt: { type: 'messages', messages: [{ role: 'user', content: 'hi' }] },
    stop: [],
    sampling: { temperature: 0, topP: 1, topK: 0, minP: 0 },
    ...more,
  })

test('what was said last comes back where nothing else is asked for', () => {
  expect(answer({})).toBe('hi')
  expect(answer({ prompt: { type: 'text', text: 'a b' } })).toBe('a b')
})

test('a format is kept, with little', () => {
  const formats: readonly [OutputFormat, string][] = [
    [{ type: 'json-object' }, '{}'],
    [{ type: 'grammar', grammar: 'root ::= "yes" | "no"' }, 'no'],
    [
      {
        type: 'json-schema',
        schema: {
          type: 'object',
          properties: {
            name: { type: 'string', minLength: 2 },
            kind: { enum: ['a', 'b'] },
            tags: { type: 'array', items: { $ref: '#/$defs/tag' }, minItems: 1 },
            size: { anyOf: [{ type: 'integer', minimum: 3 }, { type: 'null' }] },
            more: { type: 'string' },
          },
          required: ['name', 'kind', 'tags', 'size'],
          $defs: { tag: { type: 'boolean' } },
        },
      },
      '{"name":"xx","kind":"a","tags":[false],"size":3}',
    ],
  ]
  for (const [format, text] of formats) expect(answer({ format })).toBe(text)
})

test('who must call calls the first function that may be called', () => {
  const parameters = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }
  const toolUse = {
    tools: [
      { name: 'a', isStrict: false },
      { name: 'b', parameters, isStrict: true },
    ],
    choice: { type: 'required' },
    isParallel: true,
  } as const
  const prompt = { type: 'messages', messages: [] } as const
  expect(answer({ prompt: { ...prompt, toolUse } })).toEqual([{ type: 'call', name: 'a', arguments: '{}' }])
  expect(answer({ prompt: { ...prompt, toolUse: { ...toolUse, allowed: ['b'] } } })).toEqual([
    { type: 'call', name: 'b', arguments: '{"n":0}' },
  ])
})
