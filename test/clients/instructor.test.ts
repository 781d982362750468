import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { expectCity } from './expect-values.ts'
import { pythonEnvironment, withoutPython } from './python-environment.ts'
import { playScenes } from './python-scenes.ts'

const python = await pythonEnvironment('frameworks')
let server: Hearth

beforeAll(async () => {
  if (python) server = await startHearth()
})
afterAll(() => server?.stop())

describe.skipIf(!python)(`instructor${withoutPython(python)}`, () => {
  const answerOf = playScenes({ python, script: 'instructor-chat', url: () => server.url })

  test.each(['tools', 'strict_tools', 'schema'])('answers as a pydantic model by %s', (name) => {
    const { city, finish } = answerOf<{ city: unknown; finish: string }>(name)
    expectCity(city)
    expect(['stop', 'tool_calls']).toContain(finish)
  })

  test.each(['partial_tools', 'partial_schema'])('%s: shows the model while it is being written', (name) => {
    const { count, last } = answerOf<{ count: number; last: unknown }>(name)
    expect(count).toBeGreaterThan(2)
    expectCity(last)
  })

  test('answers as a pydantic model through the Responses API', () => {
    expectCity(answerOf('responses'))
  })
})
