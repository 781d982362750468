import { expect, test } from 'bun:test'
import { ServerError } from '../core/errors.ts'
import { ListenError } from '../platform/web-server.ts'
import { CommandError } from './command-error.ts'
import { errorFacts } from './error-facts.ts'
import { explainError } from './explain-error.ts'

test('an error of the catalog is told with its hint', () => {
  expect(explainError(new ServerError('shutting_down', {}))).toBe(
    'hearth: The server is shutting down and takes no new requests.\n        Send the request again when the server is back.\n',
  )
})

test('errors of the system, and those made for people, are told without a stack', () => {
  const system = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
  expect(explainError(system)).toBe('hearth: no space left\n')
  expect(explainError(new ListenError('Port 80 is in use.'))).toBe('hearth: Port 80 is in use.\n')
})

test('of several errors each is told, and the same one once', () => {
  const failure = (model: string) => new ServerError('model_pull_failed', { model, problems: ['no'], byHand: 'Do.' })
  const text = explainError(new AggregateError([failure('a'), failure('b'), failure('b')]))
  expect(text.match(/The model '.'/g)).toEqual(["The model 'a'", "The model 'b'"])
  expect(text).not.toContain('bug')
})

test('anything else is a bug, and its stack is shown', () => {
  const text = explainError(new TypeError('x is not a function'))
  expect(text).toContain('This is a bug')
  expect(text).toContain('explain-error.test.ts')
  expect(explainError('text')).toBe('hearth: text\n')
})

test('what would move the cursor is left out, and programs are told the code', () => {
  const error = new CommandError('a\u001b[2Jb', 'c\u0007d')
  expect(explainError(error)).toBe('hearth: a[2Jb\n        cd\n')
  expect(errorFacts(error)).toEqual({ code: 'command_failed', message: 'a\u001b[2Jb', hint: 'c\u0007d' })
  expect(errorFacts(Object.assign(new Error('full'), { code: 'ENOSPC' })).code).toBe('ENOSPC')
  const several = errorFacts(new AggregateError([error, error], 'both'))
  expect(several).toMatchObject({ code: 'several_errors', message: 'both' })
  expect(several.errors).toHaveLength(2)
})
