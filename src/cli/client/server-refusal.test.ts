import { expect, test } from 'bun:test'
import { readRefusal, toRefusal } from './server-refusal.ts'

const at = (status: number) => ({ status, url: 'http://x' })

test("OpenAI's envelope and problem details give message, hint and code", () => {
  const envelope = { error: { message: 'No.', type: 't', param: null, code: 'model_not_found', hint: 'Look.' } }
  const problem = { type: 'urn:x', title: 'T', status: 404, detail: 'No.', code: 'model_not_found', hint: 'Look.' }
  for (const body of [envelope, problem]) {
    const { message, hint, code, status } = readRefusal(JSON.stringify(body), at(404))
    expect({ message, hint, code, status }).toEqual({
      message: 'No.',
      hint: 'Look.',
      code: 'model_not_found',
      status: 404,
    })
  }
  expect(toRefusal({ type: 'error', problem })?.code).toBe('model_not_found')
})

test('where a key is asked for, the variable is named', () => {
  expect(readRefusal('{"error":{"message":"Key.","hint":"H."}}', at(401)).hint).toBe(
    'H.\n        The key that a command shows to a server is the variable HEARTH_API_KEY.',
  )
})

test('anything else is told as it came, and what is no refusal is none', () => {
  expect(readRefusal('<html>Bad gateway', at(502)).message).toBe('http://x answers 502: <html>Bad gateway')
  expect(readRefusal('', at(500)).message).toBe('http://x answers 500')
  for (const value of [undefined, null, 'x', 1, [], { object: 'chat.completion.chunk' }, { error: null }])
    expect(toRefusal(value)).toBeUndefined()
})
