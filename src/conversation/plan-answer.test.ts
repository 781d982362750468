import { describe, expect, test } from 'bun:test'
import { loadTemplate } from '../../test/chat-templates.ts'
import { matchesGrammar } from '../../test/match-grammar.ts'
import { characters, type ReadAnswer, randomPieces, readPieces } from '../../test/read-answer-pieces.ts'
import { SeededRandom } from '../../test/seeded-random.ts'
import type { MessagesPrompt, Tool, ToolUse } from '../core/generation.ts'
import type { AnswerPlan } from './answer-plan.ts'
import { planAnswer } from './plan-answer.ts'
import { renderConversation } from './render-conversation.ts'

const weather: Tool = {
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city'],
  },
  isStrict: false,
}
const clock: Tool = { name: 'clock', isStrict: false }

function planFor(template: string, more: Partial<MessagesPrompt> = {}): AnswerPlan {
  const { syntax, render } = loadTemplate(template)
  const prompt: MessagesPrompt = {
    type: 'messages',
    messages: [{ role: 'user', content: 'Hello' }],
    toolUse: { tools: [weather, clock], choice: { type: 'auto' }, isParallel: true },
    ...more,
  }
  const renderedPrompt = renderConversation({ prompt, syntax, render })
  let count = 0
  const letters = (length: number) => String(count++).padStart(length, '0')
  return planAnswer({ prompt, format: undefined, syntax, renderedPrompt, letters })
}

interface Case {
  readonly template: string
  readonly what: string
  readonly text: string
  readonly read: Partial<Omit<ReadAnswer, 'calls'>> & { readonly calls?: readonly (readonly [string, string])[] }
  readonly prompt?: Partial<MessagesPrompt>
}

const paris = '{"city": "Paris"}'
const one = { calls: [['get_weather', paris]] } as const
const two = {
  calls: [
    ['get_weather', paris],
    ['clock', '{}'],
  ],
} as const

const cases: readonly Case[] = [
  { template: 'qwen2.5-7b-instruct', what: 'text alone', text: 'Hello  there\n', read: { content: 'Hello  there\n' } },
  {
    template: 'qwen2.5-7b-instruct',
    what: 'text and a call',
    text: 'Let me see.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>',
    read: { content: 'Let me see.', ...one },
  },
  {
    template: 'qwen2.5-7b-instruct',
    what: 'two calls, written without spaces',
    text: '<tool_call>{"name":"get_weather","arguments":{"city": "Paris"}}</tool_call><tool_call>{"name":"clock","arguments":{}}</tool_call>',
    read: two,
  },
  {
    template: 'qwen2.5-7b-instruct',
    what: 'what only looks like a call',
    text: 'The mark <tool_call> begins calls, and <tool_calls> nothing. {"name": "clock"}',
    read: { content: 'The mark <tool_call> begins calls, and <tool_calls> nothing. {"name": "clock"}' },
  },
  {
    template: 'qwen2.5-7b-instruct',
    what: 'a call of a function that does not exist',
    text: '<tool_call>\n{"name": "rm", "arguments": {}}\n</tool_call>',
    read: { content: '<tool_call>\n{"name": "rm", "arguments": {}}\n</tool_call>' },
  },
  {
    template: 'qwen2.5-7b-instruct',
    what: 'arguments that are no object',
    text: '<tool_call>\n{"name": "clock", "arguments": "now"}\n</tool_call>',
    read: { content: '<tool_call>\n{"name": "clock", "arguments": "now"}\n</tool_call>' },
  },
  {
    template: 'qwen2.5-7b-instruct',
    what: 'a call cut off before its arguments',
    text: 'So:\n<tool_call>\n{"name": "get_wea',
    read: { content: 'So:\n<tool_call>\n{"name": "get_wea' },
  },
  {
    template: 'qwen2.5-7b-instruct',
    what: 'a call cut off in its arguments',
    text: '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Par',
    read: { calls: [['get_weather', '{"city": "Par']] },
  },
  {
    template: 'qwen2.5-7b-instruct',
    what: 'a call cut off behind its arguments',
    text: '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_c',
    read: one,
  },
  {
    template: 'qwen2.5-7b-instruct',
    what: 'marks, brackets and quotes in a string',
    text: '<tool_call>\n{"name": "get_weather", "arguments": {"city": "}</tool_call>\\"\\\\{"}}\n</tool_call>',
    read: { calls: [['get_weather', '{"city": "}</tool_call>\\"\\\\{"}']] },
  },
  {
    template: 'qwen2.5-7b-instruct',
    what: 'characters beyond the basic plane',
    text: 'Hi 🙂 <tool_call>\n{"name": "get_weather", "arguments": {"city": "🏙️ Köln"}}\n</tool_call>',
    read: { content: 'Hi 🙂', calls: [['get_weather', '{"city": "🏙️ Köln"}']] },
  },
  {
    template: 'qwen3-0.6b',
    what: 'thinking, text and a call',
    text: '<think>\nHm, <tool_call> maybe.\n</think>\n\nSure.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>',
    read: { reasoning: 'Hm, <tool_call> maybe.', content: 'Sure.', ...one },
  },
  {
    template: 'qwen3-0.6b',
    what: 'thinking that does not end',
    text: '<think>\nHm, well </thi',
    read: { reasoning: 'Hm, well </thi' },
  },
  { template: 'qwen3-0.6b', what: 'empty thinking', text: '<think>\n\n</think>\n\nYes', read: { content: 'Yes' } },
  { template: 'qwen3-0.6b', what: 'no thinking', text: '\nI <think> so', read: { content: '\nI <think> so' } },
  {
    template: 'qwen3.5-4b',
    what: 'thinking that the prompt has begun, and bare parameters',
    text: 'Hm.\n</think>\n\n<tool_call>\n<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n</function>\n</tool_call>',
    read: { reasoning: 'Hm.', ...one },
  },
  {
    template: 'qwen3-coder',
    what: 'a string of several lines, and a number',
    text: 'Ok\n<tool_call>\n<function=get_weather>\n<parameter=city>\n"New"\n  York\\\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>\n<tool_call>\n<function=clock>\n</function>\n</tool_call>',
    read: {
      content: 'Ok',
      calls: [
        ['get_weather', '{"city": "\\"New\\"\\n  York\\\\", "days": 3}'],
        ['clock', '{}'],
      ],
    },
  },
  {
    template: 'qwen3-coder',
    what: 'parameters cut off',
    text: '<tool_call>\n<function=get_weather>\n<parameter=city>\nPar',
    read: { calls: [['get_weather', '{"city": "Par']] },
  },
  {
    template: 'qwen3-coder',
    what: 'parameters cut off in a name',
    text: '<tool_call>\n<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n<parameter=da',
    read: { calls: [['get_weather', '{"city": "Paris"']] },
  },
  {
    template: 'glm-4.6',
    what: 'keys and values in tags',
    text: '\n<think>Hm</think>\nSo\n<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n</tool_call>\n<tool_call>clock\n</tool_call>',
    read: { reasoning: 'Hm', content: 'So', ...two },
  },
  {
    template: 'glm-4.7-flash',
    what: 'keys and values in tags without line breaks',
    text: 'Hm</think><tool_call>get_weather<arg_key>city</arg_key><arg_value>Paris</arg_value></tool_call><tool_call>clock</tool_call>',
    read: { reasoning: 'Hm', ...two },
  },
  {
    template: 'gemma-4-31b-it',
    what: 'bare keys and marked strings',
    text: 'So<|tool_call>call:get_weather{city:<|"|>Paris<|"|>,days:2}<tool_call|><|tool_call>call:clock{}<tool_call|>',
    read: {
      content: 'So',
      calls: [
        ['get_weather', '{"city": "Paris", "days": 2}'],
        ['clock', '{}'],
      ],
    },
  },
  {
    template: 'gemma-4-31b-it',
    what: 'thinking in a channel',
    text: '<|channel>thought\nHm\n<channel|>Yes',
    read: { reasoning: 'Hm', content: 'Yes' },
    prompt: { reasoning: { effort: 'high' } },
  },
  {
    template: 'like-function-gemma',
    what: 'escaped strings',
    text: '<start_function_call>call:get_weather{city:<escape>Paris<escape>}<end_function_call>',
    read: one,
  },
  {
    template: 'mistral-nemo-instruct-2407',
    what: 'a list of calls',
    text: 'Well [TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Paris"}}, {"name": "clock", "arguments": {}}]',
    read: { content: 'Well', ...two },
  },
  {
    template: 'mistral-small-3.2-24b-instruct',
    what: 'calls with marks',
    text: '[TOOL_CALLS]get_weather[CALL_ID]abcdefgh1[ARGS]{"city": "Paris"}[TOOL_CALLS]clock[CALL_ID]abcdefgh2[ARGS]{}',
    read: two,
  },
  {
    template: 'ministral-3-14b-reasoning',
    what: 'thinking between marks',
    text: '[THINK]Hm[/THINK]Yes[TOOL_CALLS]clock[ARGS]{}',
    read: { reasoning: 'Hm', content: 'Yes', calls: [['clock', '{}']] },
  },
  {
    template: 'like-llama-3.1',
    what: 'a bare object',
    text: '{"name": "get_weather", "parameters": {"city": "Paris"}}',
    read: one,
  },
  {
    template: 'like-llama-3.1',
    what: 'an object behind the mark for Python',
    text: '<|python_tag|>{"name": "get_weather", "parameters": {"city": "Paris"}}',
    read: one,
  },
  {
    template: 'like-llama-3.1',
    what: 'an object that is no call',
    text: '{"name": "Anna", "parameters": {}} is her card',
    read: { content: '{"name": "Anna", "parameters": {}} is her card' },
  },
  {
    template: 'like-llama-3.1',
    what: 'an object that does not stand at the beginning',
    text: 'See {"name": "clock", "parameters": {}}',
    read: { content: 'See {"name": "clock", "parameters": {}}' },
  },
  {
    template: 'deepseek-r1',
    what: 'thinking that the prompt has begun, and calls in code blocks',
    text: 'Hm\n</think>\n\nOk<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n{"city": "Paris"}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>clock\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    read: { reasoning: 'Hm', content: 'Ok', ...two },
  },
  {
    template: 'deepseek-r1',
    what: 'thinking that the prompt has begun, and the model once more',
    text: '<think>\nHm <think>\n</think>\n\nOk',
    read: { reasoning: 'Hm <think>', content: 'Ok' },
  },
  {
    template: 'deepseek-v3.1',
    what: 'calls with marks',
    text: '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{"city": "Paris"}<｜tool▁call▁end｜><｜tool▁call▁begin｜>clock<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    read: two,
  },
  {
    template: 'like-phi-4-mini',
    what: 'a list between marks',
    text: '<|tool_call|>[{"name": "get_weather", "arguments": {"city": "Paris"}}, {"name": "clock", "arguments": {}}]<|/tool_call|>',
    read: two,
  },
  {
    template: 'granite-3.3-2b-instruct',
    what: 'a list behind a mark',
    text: '<|tool_call|>[{"name": "get_weather", "arguments": {"city": "Paris"}}]',
    read: one,
  },
  {
    template: 'like-command-r7b',
    what: 'thinking and actions',
    text: '<|START_THINKING|>Hm<|END_THINKING|><|START_ACTION|>[\n    {"tool_call_id": "0", "tool_name": "get_weather", "parameters": {"city": "Paris"}},\n    {"tool_call_id": "1", "tool_name": "clock", "parameters": {}}\n]<|END_ACTION|>',
    read: { reasoning: 'Hm', ...two },
  },
  {
    template: 'like-command-r7b',
    what: 'a response between marks',
    text: '<|START_THINKING|>Hm<|END_THINKING|><|START_RESPONSE|>Yes.<|END_RESPONSE|>',
    read: { reasoning: 'Hm', content: 'Yes.' },
  },
  {
    template: 'gpt-oss-120b',
    what: 'analysis, a preamble and the final answer',
    text: '<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>commentary<|message|>First. <|end|><|start|>assistant<|channel|>final<|message|>Yes\n',
    read: { reasoning: 'Hm', content: 'First. Yes\n' },
  },
  {
    template: 'gpt-oss-120b',
    what: 'analysis and a call',
    text: '<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city": "Paris"}<|call|>',
    read: { reasoning: 'Hm', ...one },
  },
  {
    template: 'gpt-oss-120b',
    what: 'a call with the recipient before the channel',
    text: ' to=functions.get_weather<|channel|>commentary json<|message|>{"city": "Paris"}',
    read: one,
  },
  {
    template: 'gpt-oss-120b',
    what: 'a call of a function that does not exist',
    text: '<|channel|>commentary to=functions.rm <|constrain|>json<|message|>{"path": "/"}',
    read: { content: '{"path": "/"}' },
  },
  { template: 'gpt-oss-120b', what: 'text in no channel', text: 'Just so <|', read: { content: 'Just so <|' } },
  {
    template: 'smollm2-135m-instruct',
    what: 'a call in the marks that the prompt asked for',
    text: '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>',
    read: one,
  },
]

function readable({ read }: Case): ReadAnswer {
  const calls = (read.calls ?? []).map(([name, values]) => ({ name, arguments: values }))
  return { reasoning: '', content: '', ...read, calls: calls.map((call) => ({ ...call, id: expect.any(String) })) }
}

describe('answers are read the same, however they come', () => {
  for (const each of cases) {
    test(`${each.template}: ${each.what}`, () => {
      const plan = planFor(each.template, each.prompt)
      expect(readPieces(plan, [each.text])).toEqual(readable(each))
      expect(readPieces(plan, characters(each.text))).toEqual(readable(each))
      const random = new SeededRandom(7)
      for (let count = 0; count < 20; count++)
        expect(readPieces(plan, randomPieces(each.text, random))).toEqual(readable(each))
    })
  }
})

describe('the grammar lets through what the models have learnt to write', () => {
  for (const each of cases.filter(({ read, what }) => read.calls && !/cut off|without spaces/.test(what))) {
    test(`${each.template}: ${each.what}`, () => {
      const { grammar } = planFor(each.template, each.prompt)
      expect(grammar && matchesGrammar(grammar, each.text.replace(/<\|call\|>$/, ''))).toBe(true)
    })
  }
})

describe('thinking that is ended by its budget', () => {
  const calls: Readonly<Record<string, readonly [before: string, behind: string]>> = {
    'qwen3-0.6b': ['<think>\nHm </thi', '<tool_call>\n{"name": "clock", "arguments": {}}\n</tool_call>'],
    'deepseek-r1': [
      'Hm',
      '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>clock\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    ],
    'ministral-3-14b-reasoning': ['[THINK]Hm', '[TOOL_CALLS]clock[ARGS]{}'],
    'gpt-oss-120b': [
      '<|channel|>analysis<|message|>Hm',
      '<|channel|>commentary to=functions.clock <|constrain|>json<|message|>{}',
    ],
  }
  for (const [template, [before, behind]] of Object.entries(calls)) {
    test(`stays in the grammar and is read as what it is: ${template}`, () => {
      const toolUse: ToolUse = { tools: [weather, clock], choice: { type: 'required' }, isParallel: false }
      const plan = planFor(template, { toolUse })
      const text = before + plan.reasoningEnd + behind
      expect(plan.grammar && matchesGrammar(plan.grammar, text)).toBe(true)
      const answer = readPieces(plan, characters(text))
      expect(answer.reasoning).toStartWith('Hm')
      expect(answer.calls.map(({ name }) => name)).toEqual(['clock'])
    })
  }

  test('is told while it lasts', () => {
    const reader = planFor('qwen3-0.6b').read()
    expect(reader.isReasoning).toBe(false)
    reader.push('<think>\nHm')
    expect(reader.isReasoning).toBe(true)
    reader.push('</think>')
    expect(reader.isReasoning).toBe(false)
    expect(planFor('deepseek-r1').read().isReasoning).toBe(true)
  })
})

describe('ids of calls', () => {
  const call = '<tool_call>\n{"name": "clock", "arguments": {}}\n</tool_call>'
  const idOf = (plan: AnswerPlan, text: string) => readPieces(plan, [text]).calls.map(({ id }) => id)

  test('are of the kind that OpenAI has, and new for every call', () => {
    const ids = [...idOf(planFor('qwen3-0.6b'), `${call}\n${call}`), ...idOf(planFor('qwen3-0.6b'), call)]
    for (const id of ids) expect(id).toMatch(/^call_[A-Za-z0-9]{24}$/)
    expect(ids[0]).not.toBe(ids[1])
  })

  test('have nine letters and digits where the template demands it', () => {
    expect(idOf(planFor('mistral-nemo-instruct-2407'), '[TOOL_CALLS][{"name": "clock", "arguments": {}}]')[0]).toMatch(
      /^[A-Za-z0-9]{9}$/,
    )
  })

  test('are those of the model where it gives some, unless the conversation has them already', () => {
    const text =
      '<|tool_calls_section_begin|><|tool_call_begin|>functions.clock:0<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>'
    expect(idOf(planFor('kimi-k2'), text)).toEqual(['functions.clock:0'])
    const messages: MessagesPrompt['messages'] = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'functions.clock:0', name: 'clock', arguments: '{}' }] },
      { role: 'tool', content: '12', toolCallId: 'functions.clock:0' },
    ]
    expect(idOf(planFor('kimi-k2', { messages }), text)[0]).toStartWith('call_')
  })
})

describe('the plan', () => {
  const free = (template: string) =>
    planFor(template, { toolUse: { tools: [clock], choice: { type: 'none' }, isParallel: true } })

  test('holds nothing and reads no calls when none may be made', () => {
    const plan = free('qwen2.5-7b-instruct')
    const text = '<tool_call>\n{"name": "clock", "arguments": {}}\n</tool_call>'
    expect(plan.grammar).toBeUndefined()
    expect(readPieces(plan, [text])).toEqual({ reasoning: '', content: text, calls: [] })
  })

  test('asks for the names of control tokens only where marks are looked for', () => {
    expect([free('qwen2.5-7b-instruct').showsSpecial, free('gpt-oss-120b').showsSpecial]).toEqual([false, true])
  })

  test('refuses a schema that cannot be held, with its path', () => {
    const parameters = { type: 'object', properties: { a: { type: 'string', pattern: '(?=x)y' } }, required: ['a'] }
    const tools = [clock, { name: 'odd', parameters, isStrict: true }]
    for (const template of ['qwen3-0.6b', 'qwen3-coder', 'gpt-oss-120b'])
      expect(() => planFor(template, { toolUse: { tools, choice: { type: 'auto' }, isParallel: true } })).toThrow(
        "'tools[1].function.parameters.properties.a.pattern'",
      )
  })

  test('takes a mark in a formatted text for text', () => {
    const { syntax, render } = loadTemplate('mistral-small-3.2-24b-instruct')
    const prompt: MessagesPrompt = {
      type: 'messages',
      messages: [{ role: 'user', content: 'Hi' }],
      toolUse: { tools: [clock], choice: { type: 'auto' }, isParallel: true },
    }
    const renderedPrompt = renderConversation({ prompt, syntax, render })
    const plan = planAnswer({ prompt, format: { type: 'json-object' }, syntax, renderedPrompt })
    const text = '{"a": "[TOOL_CALLS]clock[CALL_ID]123456789[ARGS]{}"}'
    expect(readPieces(plan, characters(text))).toEqual({ reasoning: '', content: text, calls: [] })
  })
})

test('whatever a model writes is read the same in any pieces, and nothing throws', () => {
  const random = new SeededRandom(3)
  const fragments = cases.flatMap(({ text }) => text.split(/(?<=[>\]}"])|(?=[<[{])/))
  for (const { template, prompt } of cases) {
    const plan = planFor(template, prompt)
    for (let count = 0; count < 30; count++) {
      const own = cases.filter((each) => each.template === template).map(({ text }) => text)
      const pieces = Array.from({ length: random.between(1, 8) }, () =>
        random.chance(0.3) ? cut(random.pick(own), random) : random.pick(fragments),
      )
      const text = pieces.join('')
      const whole = readPieces(plan, [text])
      const parts = { ...whole, calls: whole.calls.map((call) => ({ ...call, id: expect.any(String) })) }
      expect(readPieces(plan, characters(text))).toEqual(parts)
      expect(readPieces(plan, randomPieces(text, random))).toEqual(parts)
    }
  }
})

/** A part of a text, from its beginning or up to its end. */
function cut(text: string, random: SeededRandom): string {
  const letters = [...text]
  const at = random.between(0, letters.length)
  return (random.chance(0.7) ? letters.slice(0, at) : letters.slice(at)).join('')
}
