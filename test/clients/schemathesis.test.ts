import { expect, test } from 'bun:test'
import { fuzzApi } from './fuzz-api.ts'
import { pythonEnvironment, withoutPython } from './python-environment.ts'

const python = await pythonEnvironment('openai')

test.skipIf(!python)(
  `no request that can be made up breaks what the document says${withoutPython(python)}`,
  async () => {
    const report = await fuzzApi({ python: python ?? '', maxExamples: 30, seed: 1, timeoutMilliseconds: 110_000 })
    expect(report.code, report.output).toBe(0)
    expect(report.problems).toEqual([])
    // Otherwise nothing but refusals was looked at.
    const subjects = ['chat', 'completions', 'embeddings', 'rerank', 'responses', 'tokenize', 'detokenize']
    expect(subjects.filter((subject) => !report.statuses.get(`POST /v1/${subject}`)?.has(200))).toEqual([])
    const management = ['load', 'unload', 'models', 'params', 'resources', 'generation', 'halt', 'downloads']
    expect(management.filter((subject) => !report.statuses.get(`POST /v1/${subject}`)?.has(200))).toEqual([])
    expect(report.statuses.get('POST /v1/pull')?.has(202)).toBe(true)
  },
)
