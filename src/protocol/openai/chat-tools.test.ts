import { describe, expect, test } from 'bun:test'
import { toToolUse, usesOldForm } from './chat-tools.ts'
import type { ToolFields } from './chat-tools.wire.ts'

const parameters = { type: 'object', properties: {} }
const tool = (name: string, more = {}) => ({ type: 'function' as const, function: { name, ...more } })
const tools = [tool('a', { description: 'does a', parameters, strict: true }), tool('b')]
const both = [
  { name: 'a', description: 'does a', parameters, isStrict: true },
  { name: 'b', isStrict: false },
]

describe('tools', () => {
  test('may be called, several at once, when nothing else is said', () => {
    expect(toToolUse({ tools })).toEqual({ tools: both, choice: { type: 'auto' }, isParallel: true })
    expect(toToolUse({ tools, parallel_tool_calls: false })?.isParallel).toBe(false)
  })

  test('are none when there are none', () => {
    for (const body of [
      {},
      { tools: [] },
      { tools: null, tool_choice: 'auto' as const },
      { tool_choice: 'none' as const },
      { function_call: 'auto' as const },
    ])
      expect(toToolUse(body)).toBeUndefined()
  })

  const choices: readonly [ToolFields['tool_choice'], object][] = [
    ['none', { choice: { type: 'none' } }],
    ['required', { choice: { type: 'required' } }],
    [
      { type: 'function', function: { name: 'b' } },
      { choice: { type: 'required' }, allowed: ['b'], isParallel: false },
    ],
    [
      { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [tool('b'), tool('b')] } },
      { choice: { type: 'auto' }, allowed: ['b'] },
    ],
    [
      { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tool('b'), tool('a')] } },
      { choice: { type: 'required' }, allowed: ['b', 'a'] },
    ],
  ]
  for (const [choice, wanted] of choices)
    test(`tool_choice ${JSON.stringify(choice)}`, () => {
      expect(toToolUse({ tools, tool_choice: choice ?? null })).toEqual({
        tools: both,
        isParallel: true,
        ...wanted,
      } as never)
    })

  const refused: readonly [ToolFields, param: string, code?: string][] = [
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ tools, tool_choice: { type: 'function', function: { name: 'c' } } }, 'tool_choice.function.name'],
    [{ tools, tool_choice: { type: 'function' } }, 'tool_choice.function'],
    [{ tools, tool_choice: { type: 'allowed_tools', function: { name: 'a' } } }, 'tool_choice.function'],
    [{ tools, tool_choice: { type: 'allowed_tools' } }, 'tool_choice.allowed_tools'],
    [
      { tools, tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [tool('a'), tool('c')] } } },
      'tool_choice.allowed_tools.tools[1].function.name',
    ],
    [{ tools, tool_choice: { type: 'custom' } }, 'tool_choice.type', 'unsupported_parameter'],
    [{ tools: [{ type: 'custom', custom: {} }] }, 'tools[0].type', 'unsupported_parameter'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].function'],
    [{ tools: [tool('a'), tool('a')] }, 'tools[1].function.name'],
    [{ function_call: { name: 'a' } }, 'function_call'],
    [{ tools, function_call: 'none' }, 'function_call'],
    [{ functions: [{ name: 'a' }], tools }, 'tools'],
    [{ functions: [{ name: 'a' }], function_call: { name: 'b' } }, 'function_call.name'],
    [{ functions: [{ name: 'a' }, { name: 'a' }] }, 'functions[1].name'],
  ]
  for (const [body, param, code = 'invalid_parameter'] of refused)
    test(`${JSON.stringify(body).slice(0, 90)} is refused`, () => {
      expect(() => toToolUse(body)).toThrow(expect.objectContaining({ code, param }))
    })
})

test('the old form: functions, one call at a time', () => {
  const functions = [{ name: 'a', parameters }]
  const own = { tools: [{ name: 'a', parameters, isStrict: false }], isParallel: false }
  expect(toToolUse({ functions })).toEqual({ ...own, choice: { type: 'auto' } })
  expect(toToolUse({ functions, function_call: 'none' })).toEqual({ ...own, choice: { type: 'none' } })
  expect(toToolUse({ functions, function_call: { name: 'a' } })).toEqual({
    ...own,
    choice: { type: 'required' },
    allowed: ['a'],
  })
  expect([usesOldForm({ functions }), usesOldForm({ tools })]).toEqual([true, false])
})
