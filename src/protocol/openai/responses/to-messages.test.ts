import { describe, expect, test } from 'bun:test'
import type { Item } from './items.wire.ts'
import { toMessages } from './to-messages.ts'

let made = 0
const user = (text: string): Item => ({
  id: `m${++made}`,
  type: 'message',
  status: 'completed',
  role: 'user',
  content: [{ type: 'input_text', text }],
})
const says = (text: string): Item => ({
  id: `m${++made}`,
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
})
const thinks = (text: string): Item => ({
  id: `r${++made}`,
  type: 'reasoning',
  status: 'completed',
  summary: [],
  content: [{ type: 'reasoning_text', text }],
})
const calls = (id: string, text = '{}'): Item => ({
  id: `f${++made}`,
  type: 'function_call',
  status: 'completed',
  call_id: id,
  name: 'look',
  arguments: text,
})
const gives = (id: string): Item => ({
  id: `o${++made}`,
  type: 'function_call_output',
  status: 'completed',
  call_id: id,
  output: `of ${id}`,
})
/** The roles, and the calls that are made or answered. */
const shape = (...input: Item[]) =>
  toMessages({ before: [], input }).map(({ role, toolCalls = [], toolCallId }) =>
    [role, ...toolCalls.map((call) => call.id), ...(toolCallId === undefined ? [] : [toolCallId])].join(' '),
  )

describe('calls and their outputs', () => {
  test('of one turn are one message, and then the outputs', () => {
    expect(shape(user('a'), calls('1'), calls('2'), gives('1'), gives('2'))).toEqual([
      'user',
      'assistant 1 2',
      'tool 1',
      'tool 2',
    ])
  })

  test('of several turns are several messages', () => {
    expect(shape(user('a'), calls('1'), gives('1'), calls('2'), gives('2'))).toEqual([
      'user',
      'assistant 1',
      'tool 1',
      'assistant 2',
      'tool 2',
    ])
  })

  test('come together when something stands between them', () => {
    expect(shape(user('a'), calls('1'), calls('2'), user('b'), gives('2'), gives('1'), user('c'))).toEqual([
      'user',
      'assistant 1 2',
      'tool 2',
      'tool 1',
      'user',
      'user',
    ])
  })

  test('keep what is said and thought around them in their turn', () => {
    const input = [user('a'), thinks('Hm.'), says('First.'), calls('1'), says(' Then.'), gives('1')]
    expect(toMessages({ before: [], input })[1]).toEqual({
      role: 'assistant',
      content: 'First. Then.',
      reasoning: 'Hm.',
      toolCalls: [{ id: '1', name: 'look', arguments: '{}' }],
    })
  })

  test('must belong together', () => {
    expect(() => shape(user('a'), gives('1'))).toThrow("'input[1].call_id'")
    expect(() => shape(user('a'), calls('1'))).toThrow("for the call '1'")
    expect(() => shape(user('a'), calls('1'), gives('1'), gives('1'))).toThrow('has an output already')
    expect(() => shape(user('a'), calls('1'), gives('1'), calls('1'), gives('1'))).toThrow(
      "there is a call '1' already",
    )
  })

  test('that were cut off in a kept response are left out', () => {
    const before = [user('a'), says('I look.'), calls('1', '{"at":')]
    expect(toMessages({ before, input: [user('b')] }).map((message) => message.role)).toEqual([
      'user',
      'assistant',
      'user',
    ])
  })
})

test('two answers behind each other stay two', () => {
  expect(shape(user('a'), says('b'), says('c'), user('d'))).toEqual(['user', 'assistant', 'assistant', 'user'])
})

test('instructions stand before everything, and alone they are a conversation', () => {
  const messages = toMessages({ instructions: 'Be short.', before: [user('a')], input: [] })
  expect(messages.map((message) => message.content)).toEqual(['Be short.', 'a'])
  expect(toMessages({ instructions: 'Be short.', before: [], input: [] })).toHaveLength(1)
  expect(() => toMessages({ before: [], input: [] })).toThrow("'input'")
})
