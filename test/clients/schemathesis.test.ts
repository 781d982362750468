import { expect, test } from 'bun:test'
import { type Route, scopeOf } from '../../src/http/define-route.ts'
import { parsePath } from '../../src/http/route-path.ts'
import * as routes from '../../src/http/routes.gen.ts'
import { type FuzzReport, fuzzApi } from './fuzz-api.ts'
import { pythonEnvironment, withoutPython } from './python-environment.ts'

const python = await pythonEnvironment('openai')

/** The one request that runs is stopped by another route before this one gets to it. */
const soonGone = 'DELETE /v1/requests/{id}'

/** Routes that no request has come to. */
const unasked = ({ statuses }: FuzzReport) =>
  [...statuses].filter(([, counts]) => counts.size === 0).map(([name]) => name)

test.skipIf(!python)(
  `no request that can be made up breaks what the document says${withoutPython(python)}`,
  async () => {
    const report = await fuzzApi({ python: python ?? '', maxExamples: 30, seed: 1, timeoutMilliseconds: 110_000 })
    expect(report.code, report.output).toBe(0)
    expect(report.problems).toEqual([])
    expect(unasked(report)).toEqual([])
    // Otherwise nothing but refusals was looked at.
    const refused = [...report.statuses].filter(([, counts]) => ![...counts.keys()].some((status) => status < 400))
    expect(refused.map(([name]) => name).filter((name) => name !== soonGone)).toEqual([])
  },
)

test.skipIf(!python)(
  `nor does it with a key, and with none nothing but what is open is answered${withoutPython(python)}`,
  async () => {
    const call = { python: python ?? '', maxExamples: 0, seed: 2, timeoutMilliseconds: 60_000 }
    const admitted = await fuzzApi({ ...call, access: 'with key' })
    expect(admitted.code, admitted.output).toBe(0)
    expect(admitted.problems).toEqual([])
    const refused = await fuzzApi({ ...call, access: 'without key' })
    expect(refused.code, refused.output).toBe(0)
    expect(refused.problems).toEqual([])
    expect(unasked(refused)).toEqual([])
    const open = (Object.values(routes) as readonly Route[])
      .filter((route) => scopeOf(route) === 'open')
      .map(({ method, path }) => `${method} ${parsePath(path).template}`)
    const answered = [...refused.statuses].filter(([, counts]) => [...counts.keys()].some((status) => status !== 401))
    expect(answered.map(([name]) => name).filter((name) => !open.includes(name))).toEqual([])
  },
)
