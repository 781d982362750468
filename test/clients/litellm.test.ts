import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { expectLikeness } from '../expect-answers.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { expectCity, expectHeating, expectRanking, type HeatingCall, type Ranking } from './expect-values.ts'
import { pythonEnvironment, withoutPython } from './python-environment.ts'
import { playScenes } from './python-scenes.ts'

const python = await pythonEnvironment('frameworks')
let server: Hearth

beforeAll(async () => {
  if (python) server = await startHearth()
})
afterAll(() => server?.stop())

describe.skipIf(!python)(`litellm${withoutPython(python)}`, () => {
  const answerOf = playScenes({ python, script: 'litellm-chat', url: () => server.url })

  test('completes and streams to the same message', () => {
    const { whole, streamed, finish, usage } = answerOf<{
      whole: string
      streamed: string
      finish: string[]
      usage: number[]
    }>('completion')
    expect(whole.trim()).not.toBe('')
    expect(streamed).toBe(whole)
    expect(finish[1]).toBe(finish[0] ?? '')
    expect(usage[1]).toBe(usage[0] ?? -1)
  })

  test('completes a text', () => {
    expect(answerOf<{ text: string }>('text_completion').text.trim()).not.toBe('')
  })

  test('must call a tool, and goes on with its result', () => {
    const { finish, calls, final } = answerOf<{ finish: string; calls: HeatingCall[]; final: string }>('tool_run')
    expect(finish).toBe('tool_calls')
    expect(calls.length).toBeGreaterThan(0)
    calls.forEach(expectHeating)
    expect(final.trim()).not.toBe('')
  })

  test('answers as a pydantic model', () => {
    expectCity(answerOf('structured'))
  })

  test('embeds', () => {
    const { vectors, tokens } = answerOf<{ vectors: number[][]; tokens: number }>('embedding')
    expectLikeness(vectors)
    expect(tokens).toBeGreaterThan(15)
  })

  test('ranks as at a server of vLLM', () => {
    const { all, two } = answerOf<Record<'all' | 'two', Ranking>>('rerank_as_vllm')
    expectRanking(all)
    expect(two).toEqual(all.slice(0, 2))
  })

  test('ranks as at Jina, and gives the documents back', () => {
    expectRanking(answerOf<Ranking>('rerank_as_jina'))
  })

  test('does the same through the Responses API', () => {
    const { whole, streamed } = answerOf<Record<'whole' | 'streamed', string>>('responses')
    expect(whole.trim()).not.toBe('')
    expect(streamed).toBe(whole)
  })

  test('an unknown model is the error that the package knows', () => {
    expect(answerOf<object>('refusal')).toEqual({ is_named: true })
  })
})
