import { describe, expect, test } from 'bun:test'
import { loadTemplate } from '../../test/chat-templates.ts'
import type { ChatMessage, MessagesPrompt, ToolUse } from '../core/generation.ts'
import { renderConversation } from './render-conversation.ts'

function rendered(template: string, messages: readonly ChatMessage[], more: Partial<MessagesPrompt> = {}): string {
  const { syntax, render } = loadTemplate(template)
  return renderConversation({ prompt: { type: 'messages', messages, ...more }, syntax, render })
}

const user = (content: string): ChatMessage => ({ role: 'user', content })
const system = (content: string): ChatMessage => ({ role: 'system', content })
const assistant = (content: string, reasoning?: string): ChatMessage => ({
  role: 'assistant',
  content,
  ...(reasoning !== undefined && { reasoning }),
})

const toolUse: ToolUse = {
  tools: [
    {
      name: 'add',
      description: 'Adds.',
      parameters: { type: 'object', properties: { a: { type: 'number' } } },
      isStrict: false,
    },
  ],
  choice: { type: 'auto' },
  isParallel: true,
}

/** Two calls at once, and their results in the other order. */
const called: readonly ChatMessage[] = [
  user('Add.'),
  {
    role: 'assistant',
    content: '',
    toolCalls: [
      { id: 'call_one', name: 'add', arguments: '{"a": 1}' },
      { id: 'call_two', name: 'add', arguments: '{"a": 2}' },
    ],
  },
  { role: 'tool', content: '2', toolCallId: 'call_two' },
  { role: 'tool', content: '1', toolCallId: 'call_one' },
]

describe('tools', () => {
  test('are described by a template that knows them', () => {
    const text = rendered('qwen3-0.6b', [user('Hi')], { toolUse })
    expect(text).toContain('<tools>\n{"type": "function", "function": {"name": "add", "description": "Adds.", ')
    expect(text).toEndWith('<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n')
  })

  test('are described in a system message for a template that does not', () => {
    expect(rendered('smollm2-135m-instruct', [system('Be brief.'), user('Hi')], { toolUse })).toBe(
      [
        '<|im_start|>system',
        'Be brief.',
        '',
        '# Tools',
        '',
        'You may call functions to help with the request. Their signatures are given within <tools></tools>:',
        '<tools>',
        '{"type":"function","function":{"name":"add","description":"Adds.","parameters":{"type":"object","properties":{"a":{"type":"number"}}}}}',
        '</tools>',
        '',
        'To call a function, write its name and its arguments, a JSON object, in this form:',
        '<tool_call>',
        '{"name": "<function-name>", "arguments": <arguments>}',
        '</tool_call>',
        'When no function is needed, answer in words. The results come back within <tool_response></tool_response>.<|im_end|>',
        '<|im_start|>user',
        'Hi<|im_end|>',
        '<|im_start|>assistant',
        '',
      ].join('\n'),
    )
  })

  test('are described in the marks of a family whose template writes calls only', () => {
    const text = rendered('deepseek-v3.1', [user('Hi')], { toolUse })
    expect(text).toContain('<｜tool▁call▁begin｜><function-name><｜tool▁sep｜><arguments><｜tool▁call▁end｜>')
    expect(text).not.toContain('<tool_response>')
  })

  test('stand in the system message where the template looks for them there', () => {
    expect(rendered('like-phi-4-mini', [user('Hi')], { toolUse })).toStartWith(
      '<|system|><|tool|>[{"name":"add","description":"Adds.",',
    )
  })

  test('are hidden when none may be called', () => {
    const none: ToolUse = { ...toolUse, choice: { type: 'none' } }
    for (const template of ['qwen3-0.6b', 'smollm2-135m-instruct', 'like-phi-4-mini'])
      expect(rendered(template, [user('Hi')], { toolUse: none })).toBe(rendered(template, [user('Hi')]))
  })

  test('whose schema the template breaks on are shown in a simpler form', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: ['number', 'null'] }, b: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/b' }] } },
      $defs: { b: { type: 'string', description: 'The b.' } },
    }
    const text = rendered('gemma-4-31b-it', [user('Hi')], {
      toolUse: { ...toolUse, tools: [{ name: 'add', parameters: schema, isStrict: false }] },
    })
    expect(text).toContain('a:{type:<|"|>NUMBER<|"|>},b:{description:<|"|>The b.<|"|>,type:<|"|>STRING<|"|>}')
  })
})

describe('calls and results of the history', () => {
  test('are written by a template that knows them', () => {
    expect(rendered('qwen2.5-7b-instruct', called, { toolUse })).toEndWith(
      [
        '<|im_start|>assistant\n<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>',
        '<tool_call>\n{"name": "add", "arguments": {"a": 2}}\n</tool_call><|im_end|>',
        '<|im_start|>user\n<tool_response>\n2\n</tool_response>\n<tool_response>\n1\n</tool_response><|im_end|>',
        '<|im_start|>assistant\n',
      ].join('\n'),
    )
  })

  test('become text for a template that does not, one user after the other', () => {
    expect(rendered('like-gemma-2', [...called, user('And?')], { toolUse })).toEndWith(
      [
        '<start_of_turn>model\n<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>',
        '<tool_call>\n{"name": "add", "arguments": {"a": 2}}\n</tool_call><end_of_turn>',
        '<start_of_turn>user\n<tool_response>\n2\n</tool_response>\n<tool_response>\n1\n</tool_response>\nAnd?<end_of_turn>',
        '<start_of_turn>model\n',
      ].join('\n'),
    )
  })

  test('are a list in one pair of marks where the family writes lists', () => {
    expect(rendered('granite-3.3-2b-instruct', called, { toolUse })).toContain(
      '<|tool_call|>[{"name": "add", "arguments": {"a": 1}}, {"name": "add", "arguments": {"a": 2}}]<|end_of_text|>',
    )
  })

  test('stand one by one, each call with its own result, where the template takes one call at a time', () => {
    expect(rendered('like-llama-3.1', called, { toolUse })).toContain(
      [
        '{"name": "add", "parameters": {"a": 1}}<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n"1"<|eot_id|>',
        '<|start_header_id|>assistant<|end_header_id|>\n\n',
        '{"name": "add", "parameters": {"a": 2}}<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n"2"<|eot_id|>',
      ].join(''),
    )
  })

  test('have ids of nine letters and digits where the template demands it, the same in call and result', () => {
    const text = rendered('mistral-nemo-instruct-2407', called, { toolUse })
    const [first, second] = [...text.matchAll(/"id": "([A-Za-z0-9]{9})"/g)].map(([, id]) => id)
    const answered = [...text.matchAll(/"call_id": "([A-Za-z0-9]{9})"/g)].map(([, id]) => id)
    expect(answered).toEqual([second, first])
    expect(first).not.toBe(second)
  })

  test('have counted ids where the family counts', () => {
    const text = rendered('kimi-k2', called, { toolUse })
    expect(text).toContain('<|tool_call_begin|>functions.add:1<|tool_call_argument_begin|>{"a": 2}')
    expect(text.indexOf('Return of functions.add:1')).toBeLessThan(text.indexOf('Return of functions.add:0'))
  })

  test('know the name of the function that a result is of', () => {
    const strings: readonly ChatMessage[] = [
      { role: 'assistant', content: '', toolCalls: [{ id: 'x', name: 'add', arguments: '{"a": "1"}' }] },
      { role: 'tool', content: '2', toolCallId: 'x' },
    ]
    expect(rendered('like-function-gemma', [user('Add.'), ...strings])).toContain(
      '<start_function_call>call:add{a:<escape>1<escape>}<end_function_call><end_of_turn>\n<start_function_response>response:add{',
    )
  })
})

describe('roles', () => {
  test('developer is system where the template does not know it', () => {
    const messages: readonly ChatMessage[] = [{ role: 'developer', content: 'Be brief.' }, user('Hi')]
    expect(rendered('smollm2-135m-instruct', messages)).toStartWith('<|im_start|>system\nBe brief.<|im_end|>')
    expect(rendered('gpt-oss-120b', messages)).toContain('<|start|>developer<|message|># Instructions\n\nBe brief.')
  })

  test('system messages are brought together where the template takes one', () => {
    const messages = [system('One.'), user('Hi'), assistant('Yes?'), system('Two.'), user('Go')]
    expect(rendered('qwen3.5-4b', messages)).toStartWith('<|im_start|>system\nOne.\n\nTwo.<|im_end|>\n')
    expect(rendered('qwen3-0.6b', messages)).toContain('Yes?<|im_end|>\n<|im_start|>system\nTwo.<|im_end|>')
  })

  test('the system speaks through the user where the template has no system', () => {
    expect(rendered('like-gemma-2', [system('Be brief.'), user('Hi')])).toBe(
      '<s><start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n<start_of_turn>model\n',
    )
  })

  test('what a template raises about the messages passes through', () => {
    const messages = [user('Hi'), assistant('<|channel|>analysis<|message|>Hm'), user('Hi')]
    expect(() => rendered('gpt-oss-120b', messages)).toThrow('<|channel|> tags in the content')
    expect(() => rendered('gpt-oss-120b', messages, { toolUse })).toThrow('<|channel|> tags in the content')
  })
})

describe('thinking', () => {
  test('is turned off and on by the variable that the template has', () => {
    const end = (template: string, effort: 'none' | 'high') =>
      rendered(template, [user('Hi')], { reasoning: { effort } }).slice(-30)
    expect(end('qwen3-0.6b', 'none')).toEndWith('<think>\n\n</think>\n\n')
    expect(end('qwen3-0.6b', 'high')).toEndWith('assistant\n')
    expect(end('deepseek-v3.1', 'none')).toEndWith('<think></think>')
    expect(end('deepseek-v3.1', 'high')).toEndWith('<think>')
  })

  test('is had by asking for it, of templates that leave it out by themselves', () => {
    expect(rendered('deepseek-v3.1', [user('Hi')])).toEndWith('</think>')
    expect(rendered('deepseek-v3.1', [user('Hi')], { reasoning: { isWanted: true } })).toEndWith('<think>')
  })

  test('is as much as the template knows words for', () => {
    const effortOf = (effort: 'none' | 'minimal' | 'medium' | 'xhigh') =>
      /Reasoning: (\w+)/.exec(rendered('gpt-oss-120b', [user('Hi')], { reasoning: { effort } }))?.[1]
    expect([effortOf('none'), effortOf('minimal'), effortOf('medium'), effortOf('xhigh')]).toEqual([
      'low',
      'low',
      'medium',
      'high',
    ])
  })

  test('of earlier messages is given to the template', () => {
    const messages = [user('Hi'), { ...called[1], reasoning: 'Hm.' } as ChatMessage, ...called.slice(2)]
    expect(rendered('qwen3-0.6b', messages)).toContain('<think>\nHm.\n</think>')
    expect(rendered('gpt-oss-120b', messages)).toContain('<|channel|>analysis<|message|>Hm.<|end|>')
  })
})

describe('further variables', () => {
  test('reach the template, and go before our own of the same name', () => {
    const text = rendered('qwen3-0.6b', [user('Hi')], {
      reasoning: { effort: 'high' },
      templateArguments: { enable_thinking: false },
    })
    expect(text).toEndWith('<think>\n\n</think>\n\n')
  })

  test('do not replace the conversation', () => {
    const templateArguments = { messages: [], add_generation_prompt: false }
    expect(rendered('qwen3-0.6b', [user('Hi')], { templateArguments })).toBe(rendered('qwen3-0.6b', [user('Hi')]))
  })
})

describe('a last message that is continued', () => {
  const continued = (template: string, last: ChatMessage) =>
    rendered(template, [user('Hi'), last], { continuesLast: true })

  test('stands behind the beginning of a turn, as it is', () => {
    expect(continued('smollm2-135m-instruct', assistant(' Well, '))).toEndWith('<|im_start|>assistant\n Well, ')
    expect(continued('mistral-nemo-instruct-2407', assistant('Well'))).toEndWith('[/INST]Well')
  })

  test('ends the thinking that the template begins', () => {
    expect(continued('qwen3.5-4b', assistant('Well'))).toEndWith('assistant\n<think>\n\n</think>\n\nWell')
    expect(continued('qwen3.5-4b', assistant('Well', 'Hm.'))).toEndWith('<think>\nHm.\n</think>\n\nWell')
  })

  test('may be one that is still thinking', () => {
    expect(continued('qwen3-0.6b', assistant('', 'Hm, so'))).toEndWith('assistant\n<think>\nHm, so')
  })

  test('stands in its channel', () => {
    expect(continued('gpt-oss-120b', assistant('Well'))).toEndWith('<|start|>assistant<|channel|>final<|message|>Well')
    expect(continued('gpt-oss-120b', assistant('Well', 'Hm'))).toEndWith(
      '<|start|>assistant<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>Well',
    )
  })

  test('is nothing when it is empty', () => {
    expect(continued('qwen3-0.6b', assistant(''))).toBe(rendered('qwen3-0.6b', [user('Hi')]))
  })
})
