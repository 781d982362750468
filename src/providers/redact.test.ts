import { expect, test } from 'bun:test'
import { redact } from './redact.ts'

test('takes out the keys that it knows and those that look like one', () => {
  expect(redact('Wrong key my-secret-1!', { key: 'my-secret-1', values: [] })).toBe('Wrong key (key)!')
  expect(redact('Incorrect API key provided: sk-proj-ab***********xyz9. See')).toBe(
    'Incorrect API key provided: (key) See',
  )
  expect(redact('got Bearer abc.def-123')).toBe('got (key)')
  expect(redact('csk-abcdef0123456789 is wrong')).toBe('(key) is wrong')
  expect(redact('cannot reach http://user:pass@host/v1')).toBe('cannot reach http://host/v1')
})

test('makes one bounded line of it, without anything that would change a terminal', () => {
  expect(redact('one\r\n\ttwo\u001b[31mred\u0000\u202eend')).toBe('one two [31mred end')
  expect(redact('a'.repeat(100_000)).length).toBe(501)
  expect(redact(`${'a'.repeat(499)}😀😀`)).toBe(`${'a'.repeat(499)}…`)
  expect(redact('a task-oriented, desk-based one')).toBe('a task-oriented, desk-based one')
})
