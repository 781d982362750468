import { expect, test } from 'bun:test'
import { loadTemplate } from '../../../../test/chat-templates.ts'
import { ControlTexts } from '../../../conversation/control-texts.ts'
import type { GenerationRequest, OutputFormat, Prompt } from '../../../core/generation.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { PromptReader } from './prompt-reader.ts'

/** A token for each character. */
const vocabulary = {
  tokenize: (text: string) => Array.from(text, (character) => character.codePointAt(0)),
  withEnds: (tokens: readonly number[]) => [...tokens],
  controls: new ControlTexts([]),
} as unknown as Vocabulary

const schema = { type: 'object', properties: { a: { type: 'string', maxLength: 9 } }, required: ['a'] }
const format: OutputFormat = { type: 'json-schema', schema }
const other: OutputFormat = { type: 'json-object' }
const asked: Prompt = { type: 'messages', messages: [{ role: 'user', content: 'Hello' }] }
const withTools: Prompt = {
  ...asked,
  toolUse: {
    tools: [{ name: 'look', isStrict: true, parameters: schema }],
    choice: { type: 'auto' },
    isParallel: true,
  },
}

for (const [what, request, another] of [
  ['the format of a text', { prompt: { type: 'text', text: 'Hello' }, format }, { format: other }],
  ['the format of an answer', { prompt: asked, format }, { format: other }],
  ['the functions', { prompt: withTools }, { format }],
] as const satisfies [string, Pick<GenerationRequest, 'prompt' | 'format'>, object][])
  test(`the grammar of ${what} is made once for requests that are alike`, () => {
    const { syntax } = loadTemplate('qwen2.5-7b-instruct')
    const reader = new PromptReader({ modelId: 'fake', vocabulary, template: { syntax, render: () => 'Hello' } })
    const read = (more = {}) => reader.read(structuredClone({ ...request, ...more })).plan
    const { grammar } = read()
    expect(grammar).toBeDefined()
    expect(read().grammar).toBe(grammar)
    expect(read(another).grammar).not.toEqual(grammar)
    expect(read().grammar).toBe(grammar)
  })
