import { describe, expect, test } from 'bun:test'
import { loadTemplate } from '../../test/chat-templates.ts'
import { constrainedWalk } from '../../test/constrained-walk.ts'
import { characters, type ReadAnswer, randomPieces, readPieces } from '../../test/read-answer-pieces.ts'
import { TextSampler } from '../../test/sample-text.ts'
import { SeededRandom } from '../../test/seeded-random.ts'
import { jsonValidator } from '../../test/validate-json.ts'
import type { JsonSchema, MessagesPrompt, OutputFormat, Tool, ToolUse } from '../core/generation.ts'
import type { AnswerPlan } from './answer-plan.ts'
import { planAnswer } from './plan-answer.ts'
import { renderConversation } from './render-conversation.ts'
import { functionary } from './syntaxes/functionary.ts'
import { apriel, minimaxM1, nemotron } from './syntaxes/json-list.ts'
import { mistral } from './syntaxes/mistral.ts'
import { seed } from './syntaxes/seed.ts'

const templates = [
  'deepseek-r1',
  'deepseek-v3.1',
  'gemma-4-31b-it',
  'glm-4.6',
  'glm-4.7-flash',
  'gpt-oss-120b',
  'granite-3.3-2b-instruct',
  'kimi-k2',
  'like-command-r7b',
  'like-function-gemma',
  'like-llama-3.1',
  'like-phi-4-mini',
  'minimax-m2',
  'ministral-3-14b-reasoning',
  'mistral-nemo-instruct-2407',
  'qwen2.5-7b-instruct',
  'qwen3-0.6b',
  'qwen3-coder',
  'qwen3.5-4b',
  'smollm2-135m-instruct',
]

const schemas: Readonly<Record<string, JsonSchema | undefined>> = {
  nothing: undefined,
  plain: {
    type: 'object',
    properties: {
      text: { type: 'string' },
      count: { type: 'integer', minimum: 0 },
      kind: { type: 'string', enum: ['a b', 'c"d', ''] },
      tags: { type: 'array', items: { type: 'string' }, maxItems: 3 },
      deep: { type: 'object', properties: { on: { type: 'boolean' } }, required: ['on'], additionalProperties: false },
    },
    required: ['text', 'deep'],
    additionalProperties: false,
  },
  optional: {
    type: 'object',
    properties: {
      zeta: { type: 'string' },
      alpha: { type: 'number' },
      mail: { type: 'string', pattern: '^a+$' },
    },
    additionalProperties: false,
  },
  shared: {
    type: 'object',
    properties: { tree: { $ref: '#/$defs/node' } },
    required: ['tree'],
    additionalProperties: false,
    $defs: {
      node: {
        type: 'object',
        properties: { left: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
        required: ['left'],
        additionalProperties: false,
      },
    },
  },
  either: {
    anyOf: [
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
      { type: 'object', properties: { b: { type: 'integer' } }, required: ['b'], additionalProperties: false },
    ],
  },
}

const toolsOf = (isStrict: boolean): readonly Tool[] =>
  Object.entries(schemas).map(([name, parameters]) => ({ name, isStrict, ...(parameters && { parameters }) }))

interface Held {
  readonly template: string
  readonly toolUse?: ToolUse
  readonly format?: OutputFormat
  readonly more?: Partial<MessagesPrompt>
}

function plan({ template, toolUse, format, more }: Held): AnswerPlan {
  const { syntax, render } = loadTemplate(template)
  const prompt: MessagesPrompt = {
    type: 'messages',
    messages: [{ role: 'user', content: 'Hello' }],
    ...(toolUse && { toolUse }),
    ...more,
  }
  return planAnswer({ prompt, format, syntax, renderedPrompt: renderConversation({ prompt, syntax, render }) })
}

/** Syntaxes whose templates are not among the fixtures. */
const others = { apriel, functionary, minimaxM1, mistral, nemotron, seed }

/** Texts of the plan's grammar, each read in three ways that must agree. */
function readSamples(held: AnswerPlan, count: number): readonly ReadAnswer[] {
  const { grammar } = held
  if (!grammar) throw new Error('Any text will do')
  const sampler = new TextSampler(grammar)
  const random = new SeededRandom(count)
  return Array.from({ length: count }, () => {
    const text = sampler.sample(random, { depth: 20, length: 160 })
    const whole = readPieces(held, [text])
    const parts = { ...whole, calls: whole.calls.map((call) => ({ ...call, id: expect.any(String) })) }
    expect(readPieces(held, characters(text))).toEqual(parts)
    expect(readPieces(held, randomPieces(text, random))).toEqual(parts)
    return whole
  })
}

function checkCalls({ calls }: ReadAnswer, isExact: boolean): void {
  for (const call of calls) {
    const values: unknown = JSON.parse(call.arguments)
    expect(values).toBeObject()
    if (isExact)
      expect(jsonValidator(schemas[call.name] ?? { type: 'object', maxProperties: 0 })(call.arguments)).toBeUndefined()
  }
  expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length)
}

describe('what the grammar lets through is read back', () => {
  for (const template of templates) {
    test(`${template}: calls that the model is free to make`, () => {
      for (const isStrict of [true, false]) {
        const toolUse: ToolUse = { tools: toolsOf(isStrict), choice: { type: 'auto' }, isParallel: true }
        for (const answer of readSamples(plan({ template, toolUse }), 10)) checkCalls(answer, isStrict)
      }
    })

    test(`${template}: calls that it has to make`, () => {
      for (const isParallel of [true, false]) {
        const toolUse: ToolUse = { tools: toolsOf(false), choice: { type: 'required' }, isParallel }
        for (const answer of readSamples(plan({ template, toolUse }), 10)) {
          checkCalls(answer, true)
          expect(answer.content).toBe('')
          expect(answer.calls.length).toBeGreaterThan(0)
          if (!isParallel) expect(answer.calls.length).toBe(1)
        }
      }
    })

    test(`${template}: the call of one named function`, () => {
      const tools = toolsOf(false)
      const toolUse: ToolUse = { tools, choice: { type: 'required' }, allowed: ['plain'], isParallel: false }
      for (const answer of readSamples(plan({ template, toolUse }), 10)) {
        checkCalls(answer, true)
        expect(answer.calls.map(({ name }) => name)).toEqual(['plain'])
      }
    })

    test(`${template}: text in a format`, () => {
      const schema: JsonSchema = {
        type: 'object',
        properties: { x: { type: 'integer' } },
        required: ['x'],
        additionalProperties: false,
      }
      const isValid = jsonValidator(schema)
      for (const answer of readSamples(plan({ template, format: { type: 'json-schema', schema } }), 10)) {
        expect(answer.calls).toEqual([])
        expect(isValid(answer.content)).toBeUndefined()
      }
    })

    test(`${template}: calls or text in a format`, () => {
      const toolUse: ToolUse = { tools: toolsOf(true), choice: { type: 'auto' }, isParallel: true }
      for (const answer of readSamples(plan({ template, toolUse, format: { type: 'json-object' } }), 10)) {
        checkCalls(answer, true)
        if (answer.calls.length === 0) expect(JSON.parse(answer.content)).toBeObject()
        else expect(answer.content).toBe('')
      }
    })
  }
})

describe('the same of families without a template here', () => {
  for (const [name, calls] of Object.entries(others)) {
    test(name, () => {
      const syntax = { ...loadTemplate('qwen2.5-7b-instruct').syntax, calls }
      for (const type of ['auto', 'required'] as const) {
        const toolUse: ToolUse = { tools: toolsOf(true), choice: { type }, isParallel: true }
        const prompt: MessagesPrompt = { type: 'messages', messages: [], toolUse }
        const answers = readSamples(planAnswer({ prompt, format: undefined, syntax, renderedPrompt: '' }), 15)
        for (const answer of answers) checkCalls(answer, true)
        expect(answers.some((answer) => answer.calls.length > 1)).toBe(true)
      }
    })
  }
})

test('text in a grammar of the client is held, behind the thinking', () => {
  const format: OutputFormat = {
    type: 'grammar',
    grammar: 'root ::= word+\nword ::= "yes" | "no"\ntext-without ::= ""',
  }
  const answers = readSamples(plan({ template: 'qwen3-0.6b', format }), 40)
  for (const { content } of answers) expect(content).toMatch(/^(yes|no)+$/)
  expect(answers.some(({ reasoning }) => reasoning !== '')).toBe(true)
})

/** Marks that are control tokens in the vocabularies of such models. */
const specials = [
  '<think>',
  '</think>',
  '[TOOL_CALLS]',
  '[ARGS]',
  '[CALL_ID]',
  '[THINK]',
  '[/THINK]',
  '<|channel|>',
  '<|message|>',
  '<|start|>',
  '<|end|>',
  '<|constrain|>',
  '<|tool_call>',
  '<tool_call|>',
  '<|"|>',
  '<|channel>',
  '<channel|>',
  '<｜tool▁calls▁begin｜>',
  '<｜tool▁call▁begin｜>',
  '<｜tool▁sep｜>',
  '<｜tool▁call▁end｜>',
  '<｜tool▁calls▁end｜>',
]

describe('what is written token by token under the grammar is read back', () => {
  for (const template of templates) {
    test(template, () => {
      const random = new SeededRandom(11)
      for (const type of ['auto', 'required'] as const) {
        const toolUse: ToolUse = { tools: toolsOf(true), choice: { type }, isParallel: true }
        const held = plan({ template, toolUse })
        if (!held.grammar) throw new Error('Any text will do')
        for (let count = 0; count < 3; count++) {
          const text = constrainedWalk(held.grammar, { specials, random, steps: 120 })
          const answer = readPieces(held, characters(text))
          checkCalls(answer, true)
          if (type === 'required') expect(answer.calls.length).toBeGreaterThan(0)
        }
      }
    })
  }
})
