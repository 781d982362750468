import { describe, expect, test } from 'bun:test'
import { toMessages } from './chat-messages.ts'
import type { Message } from './chat-messages.wire.ts'

const read = (...messages: Message[]) => toMessages(messages, 'm')
const call = (id: string, text = '{"a":1}') => ({
  id,
  type: 'function' as const,
  function: { name: 'f', arguments: text },
})
const user: Message = { role: 'user', content: 'hi' }
const calling = (...ids: string[]): Message => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => call(id)),
})
const result = (id: string): Message => ({ role: 'tool', content: 'done', tool_call_id: id })

describe('a message', () => {
  test('has its parts joined, and that of an assistant may be empty', () => {
    const parts = [
      { type: 'text' as const, text: 'a' },
      { type: 'text' as const, text: 'b' },
    ]
    expect(read({ role: 'user', content: parts, name: 'Ada' }, { role: 'assistant', content: null })).toEqual([
      { role: 'user', content: 'ab', name: 'Ada' },
      { role: 'assistant', content: '' },
    ])
  })

  test('of every role keeps it', () => {
    const roles = ['system', 'developer', 'user', 'assistant'] as const
    expect(read(...roles.map((role) => ({ role, content: 'x' }))).map(({ role }) => role)).toEqual([...roles])
  })

  test('of an assistant keeps what it refused and what it thought', () => {
    const refusing: Message = {
      role: 'assistant',
      content: [{ type: 'refusal', refusal: 'no' }],
      reasoning_content: 'hm',
    }
    expect(read(refusing, { role: 'assistant', refusal: 'no', reasoning: 'hm' })).toEqual([
      { role: 'assistant', content: 'no', reasoning: 'hm' },
      { role: 'assistant', content: 'no', reasoning: 'hm' },
    ])
  })

  test('without a content is refused, unless it is of an assistant', () => {
    for (const role of ['system', 'user', 'tool'] as const)
      expect(() => read({ role })).toThrow(`'messages[0].content': a message of the role '${role}'`)
  })

  test('with something to see or hear is refused with what the model cannot do', () => {
    const abilities = {
      image_url: 'read images',
      input_audio: 'hear audio',
      file: 'read files',
      video_url: 'watch videos',
    }
    for (const [type, ability] of Object.entries(abilities)) {
      const part = { type: type as 'image_url' }
      const error = expect(() => read(user, { role: 'user', content: [{ type: 'text', text: 'x' }, part] }))
      error.toThrow(`The model 'm' cannot ${ability}.`)
      error.toThrow(expect.objectContaining({ code: 'ability_missing', param: 'messages[1].content[1]' }))
    }
  })

  test('with a picture beside a text is refused too', () => {
    const part = { type: 'text' as const, text: 'x', image_url: { url: 'y' } }
    expect(() => read({ role: 'user', content: [part] })).toThrow('cannot read images')
  })

  test('with a part that has not what its type says is refused', () => {
    expect(() => read({ role: 'user', content: [{ type: 'text' }] })).toThrow("'messages[0].content[0].text'")
    expect(() => read({ role: 'user', content: [{ type: 'refusal', refusal: 'x' }] })).toThrow('of the assistant')
  })
})

describe('calls and their results', () => {
  test('are read in today’s form', () => {
    expect(read(user, calling('c1', 'c2'), result('c2'), result('c1'), { role: 'assistant', content: 'ok' })).toEqual([
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: '',
        toolCalls: [
          { id: 'c1', name: 'f', arguments: '{"a":1}' },
          { id: 'c2', name: 'f', arguments: '{"a":1}' },
        ],
      },
      { role: 'tool', content: 'done', toolCallId: 'c2' },
      { role: 'tool', content: 'done', toolCallId: 'c1' },
      { role: 'assistant', content: 'ok' },
    ])
  })

  test('are read in the form before it', () => {
    const old: Message = { role: 'assistant', content: null, function_call: { name: 'f', arguments: '' } }
    const [, first, second] = read(user, old, { role: 'function', name: 'f', content: 'done' })
    expect(first?.toolCalls).toEqual([{ id: 'call_of_message_1', name: 'f', arguments: '{}' }])
    expect(second).toEqual({ role: 'tool', content: 'done', toolCallId: 'call_of_message_1' })
  })

  const broken: readonly [name: string, messages: Message[], param: string][] = [
    [
      'arguments that are no JSON',
      [{ role: 'assistant', tool_calls: [call('a', '{"a":')] }],
      'messages[0].tool_calls[0].function.arguments',
    ],
    [
      'arguments that are no object',
      [{ role: 'assistant', tool_calls: [call('a', '[1]')] }],
      'messages[0].tool_calls[0].function.arguments',
    ],
    [
      'arguments that are nested too deeply',
      [{ role: 'assistant', tool_calls: [call('a', `{"a":${'['.repeat(300)}${']'.repeat(300)}}`)] }],
      'messages[0].tool_calls[0].function.arguments',
    ],
    [
      'old arguments that are no object',
      [{ role: 'assistant', function_call: { name: 'f', arguments: '1' } }],
      'messages[0].function_call.arguments',
    ],
    ['a call without its result at the end', [user, calling('a')], 'messages[1].tool_calls'],
    ['a call whose result comes too late', [calling('a'), user, result('a')], 'messages[0].tool_calls'],
    ['a result of no call', [user, result('a')], 'messages[1].tool_call_id'],
    ['a result of another call', [calling('a'), result('b')], 'messages[1].tool_call_id'],
    ['a second result', [calling('a'), result('a'), result('a')], 'messages[2].tool_call_id'],
    ['a result without a name', [calling('a'), { role: 'tool', content: 'x' }], 'messages[1].tool_call_id'],
    ['an old result without a call', [user, { role: 'function', name: 'f', content: 'x' }], 'messages[1].tool_call_id'],
    ['one id for two calls', [calling('a', 'a'), result('a')], 'messages[0].tool_calls[1].id'],
    ['thoughts of a user', [{ role: 'user', content: 'x', reasoning_content: 'hm' }], 'messages[0].reasoning_content'],
    ['results of a user', [{ role: 'user', content: 'x', tool_call_id: 'a' }], 'messages[0].tool_call_id'],
    ['calls of a user', [{ role: 'user', content: 'x', tool_calls: [call('a')] }], 'messages[0].tool_calls'],
    [
      'both forms at once',
      [{ ...calling('a'), function_call: { name: 'f', arguments: '{}' } }],
      'messages[0].function_call',
    ],
  ]
  for (const [name, messages, param] of broken)
    test(`${name} are refused with the place`, () => {
      expect(() => read(...messages)).toThrow(expect.objectContaining({ code: 'invalid_parameter', param }))
    })

  test('an id may come again in a later turn', () => {
    expect(() => read(calling('a'), result('a'), user, calling('a'), result('a'))).not.toThrow()
  })
})
