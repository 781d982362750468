import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type OpenServer, openServer } from '../fakes/open-server.ts'
import { pythonEnvironment, withoutPython } from './python-environment.ts'
import { playScenes } from './python-scenes.ts'

const python = await pythonEnvironment('openai')
let open: OpenServer

beforeAll(() => {
  open = openServer()
})
afterAll(() => open[Symbol.asyncDispose]())

describe.skipIf(!python)(`openai-python${withoutPython(python)}`, () => {
  const answerOf = playScenes({ python, script: 'openai-parameters', url: () => open.server.url })

  const subjects = ['chat', 'completions', 'embeddings', 'responses', 'input_tokens']

  test.each(subjects)('%s: every parameter of the package is known', (name) => {
    const { count, refused } = answerOf<{ count: number; refused: object }>(name)
    expect(refused).toEqual({})
    expect(count).toBeGreaterThanOrEqual(5)
  })
})
