import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { cosine, expectLikeness } from '../expect-answers.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { expectCity, expectHeating, type HeatingCall } from './expect-values.ts'
import { pythonEnvironment, withoutPython } from './python-environment.ts'
import { playScenes } from './python-scenes.ts'

const python = await pythonEnvironment('frameworks')
let server: Hearth

beforeAll(async () => {
  if (python) server = await startHearth()
})
afterAll(() => server?.stop())

describe.skipIf(!python)(`langchain-openai${withoutPython(python)}`, () => {
  const answerOf = playScenes({ python, script: 'langchain-chat', url: () => server.url })

  test('invokes and streams to the same message', () => {
    const { whole, streamed, pieces, finish, usage } = answerOf<Streamed & { pieces: number; finish: string[] }>(
      'invoke_and_stream',
    )
    expect(whole.trim()).not.toBe('')
    expect(streamed).toBe(whole)
    expect(pieces).toBeGreaterThan(2)
    expect(finish[1]).toBe(finish[0] ?? '')
    expect(usage[1]).toBe(usage[0] ?? -1)
  })

  test('asks twice at once, with logprobs', () => {
    const { texts, logprobs } = answerOf<{ texts: string[]; logprobs: string[] }>('batch_and_logprobs')
    expect(texts).toHaveLength(2)
    expect(logprobs).toEqual(texts)
  })

  test('must call a bound tool, and goes on with its result', () => {
    const { calls, invalid, streamed, final } = answerOf<{
      calls: HeatingCall[]
      invalid: unknown[]
      streamed: HeatingCall[]
      final: string
    }>('tool_run')
    expect(calls.length).toBeGreaterThan(0)
    calls.forEach(expectHeating)
    expect(invalid).toEqual([])
    expect(streamed).toEqual(calls)
    expect(final.trim()).not.toBe('')
  })

  test.each(['structured_by_schema', 'structured_by_function'])('%s gives the pydantic model, streamed too', (name) => {
    const { parsed, streamed } = answerOf<Record<'parsed' | 'streamed', unknown>>(name)
    expectCity(parsed)
    expect(streamed).toEqual(parsed)
  })

  test('gives an object in JSON mode', () => {
    expect(answerOf<object>('structured_by_json_mode')).toEqual({ is_object: true })
  })

  test('embeds documents and queries alike', () => {
    const { documents, query } = answerOf<{ documents: number[][]; query: number[] }>('embeddings')
    expectLikeness(documents)
    expect(cosine(query, documents[0] ?? [])).toBeCloseTo(1, 3)
  })

  test('does the same through the Responses API', () => {
    const answer = answerOf<Streamed & { calls: HeatingCall[]; parsed: unknown; following: string }>('responses')
    expect(answer.whole.trim()).not.toBe('')
    expect(answer.streamed).toBe(answer.whole)
    expect(answer.usage[1]).toBe(answer.usage[0] ?? -1)
    expect(answer.calls.length).toBeGreaterThan(0)
    answer.calls.forEach(expectHeating)
    expectCity(answer.parsed)
    expect(answer.following).not.toBe('')
  })
})

interface Streamed {
  readonly whole: string
  readonly streamed: string
  readonly usage: readonly number[]
}
