import { expect, test } from 'bun:test'
import { Value } from '@sinclair/typebox/value'
import { ServerError } from '../../core/errors.ts'
import { toProblem } from './problem.ts'
import { ProblemDetails } from './problem.wire.ts'

const asked = { path: '/v1/models/load', requestId: 'req-1' }

test('a problem names its kind, the field, and what to do', () => {
  const error = new ServerError('invalid_parameter', { param: 'lora[0].scale', problem: 'it is missing' })
  const problem = toProblem(error, asked)
  expect(problem).toEqual({
    type: 'urn:hearth:problem:invalid_parameter',
    title: 'Invalid parameter',
    status: 400,
    detail: "Invalid value for 'lora[0].scale': it is missing.",
    instance: '/v1/models/load',
    code: 'invalid_parameter',
    hint: "Correct 'lora[0].scale' and send the request again.",
    request_id: 'req-1',
    errors: [
      {
        field: 'lora[0].scale',
        pointer: '#/lora/0/scale',
        detail: "Invalid value for 'lora[0].scale': it is missing.",
      },
    ],
  })
  expect(Value.Check(ProblemDetails, problem)).toBe(true)
})

test('a problem that goes away says when, in whole seconds', () => {
  const error = new ServerError('queue_full', { model: 'm', waiting: 3, retryAfterSeconds: 1.2 })
  expect(toProblem(error, asked)).toMatchObject({ status: 429, retry_after: 2 })
  expect(toProblem(error, asked)).not.toHaveProperty('errors')
})

test('a name that is no path stays one step of the pointer', () => {
  const error = new ServerError('unknown_parameter', { param: 'a/b~c' })
  expect(toProblem(error, asked).errors?.[0]?.pointer).toBe('#/a~1b~0c')
})
