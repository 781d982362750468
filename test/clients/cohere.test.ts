import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { expectRanking, type Ranking } from './expect-values.ts'
import { pythonEnvironment, withoutPython } from './python-environment.ts'
import { playScenes } from './python-scenes.ts'

const python = await pythonEnvironment('frameworks')
let server: Hearth

beforeAll(async () => {
  if (python) server = await startHearth()
})
afterAll(() => server?.stop())

describe.skipIf(!python)(`cohere${withoutPython(python)}`, () => {
  const answerOf = playScenes({ python, script: 'cohere-rerank', url: () => server.url })

  test('ranks documents, and gives them back', () => {
    const ranked = answerOf<readonly (readonly [number, number, string])[]>('ranked')
    expectRanking(ranked.map(([index, score]) => [index, score]))
    expect(ranked.find(([index]) => index === 1)?.[2]).toBe('Shares fell sharply on Monday.')
  })

  test('gives the best one only', () => {
    const [first] = answerOf<readonly (readonly [number])[]>('ranked')
    expect(answerOf<Ranking>('best').map(([index]) => index)).toEqual([first?.[0] ?? -1])
  })

  test('ranks by the second version of the API', () => {
    expect(answerOf<Ranking>('second_version')).toHaveLength(2)
  })
})
