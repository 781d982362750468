import { describe, expect, test } from 'bun:test'
import type { AnswerReader } from '../../../conversation/answer-plan.ts'
import type { GenerationEvent, TokenLogprob } from '../../../core/generation.ts'
import { AnswerWriter } from './answer-writer.ts'
import { plainReader } from './plain-reader.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const chance = (token: number): TokenLogprob => ({ token, text: '', bytes: [], logprob: -1, top: [] })

function start(stops: string[] = [], reader: AnswerReader = plainReader()) {
  const events: GenerationEvent[] = []
  const writer = new AnswerWriter({ reader, stops, onEvent: (event) => events.push(event) })
  return { writer, events }
}

/** The text of each delta, and the tokens whose chances came with it. */
const told = (events: GenerationEvent[]) =>
  events.flatMap((event) =>
    event.type === 'text-delta' ? [[event.text, event.logprobs?.map(({ token }) => token)]] : [],
  )

describe('the text of an answer', () => {
  test('never splits a character', () => {
    const { writer, events } = start()
    for (const byte of bytes('a é 日本 👩‍👧 z')) writer.push(Uint8Array.of(byte))
    writer.end()
    const pieces = told(events).map(([text]) => text as string)
    expect(pieces.join('')).toBe('a é 日本 👩‍👧 z')
    expect(pieces.some((piece) => piece.includes('\uFFFD'))).toBe(false)
  })

  test('drops half a character at the end', () => {
    const { writer, events } = start()
    writer.push(bytes('日').slice(0, 2))
    writer.end()
    expect(events).toEqual([])
  })

  test('stops before a stop text', () => {
    const { writer, events } = start(['END'])
    for (const text of ['one E', 'ND two']) writer.push(bytes(text))
    writer.end()
    expect(told(events)).toEqual([['one ', undefined]])
    expect(writer.hasStopped).toBe(true)
  })
})

describe('the chances of tokens', () => {
  test('go out with the text that they are made of', () => {
    const { writer, events } = start()
    writer.push(bytes('one'), chance(1))
    writer.push(bytes(' two'), chance(2))
    expect(told(events)).toEqual([
      ['one', [1]],
      [' two', [2]],
    ])
  })

  test('of half characters go out with the whole one', () => {
    const { writer, events } = start()
    const [first, second, third] = bytes('日')
    for (const [index, byte] of [first, second, third].entries()) writer.push(Uint8Array.of(byte ?? 0), chance(index))
    expect(told(events)).toEqual([['日', [0, 1, 2]]])
  })

  test('wait with text that may become a stop text, and go with it', () => {
    const { writer, events } = start(['END'])
    writer.push(bytes('a'), chance(1))
    writer.push(bytes(' EN'), chance(2))
    writer.push(bytes('joy'), chance(3))
    expect(told(events)).toEqual([
      ['a', [1]],
      [' ', [2]],
      ['ENjoy', [3]],
    ])
  })

  test('of a stop text are never told', () => {
    const { writer, events } = start(['END'])
    for (const [index, text] of ['a', 'E', 'ND', 'b'].entries()) writer.push(bytes(text), chance(index))
    writer.end()
    expect(told(events)).toEqual([['a', [0]]])
  })

  test('are told for content only, each once', () => {
    let length = 0
    // Calls everything in angle brackets reasoning, a piece at a time.
    const reader: AnswerReader = {
      isReasoning: false,
      hasCalls: false,
      push(text) {
        const at = length
        length += text.length
        const type = text.startsWith('<') ? 'reasoning' : 'content'
        return [{ type, text, at }]
      },
      end: () => [],
    }
    const { writer, events } = start([], reader)
    for (const [index, text] of ['<why>', 'so', '<hm>', ' it is'].entries()) writer.push(bytes(text), chance(index))
    expect(told(events)).toEqual([
      ['so', [1]],
      [' it is', [3]],
    ])
  })
})
