import { expect, test } from 'bun:test'
import { isPassing, type Refused, refusalOf } from './refusal.ts'
import { readSaid } from './said.ts'

const of = (status: number, text: unknown, more: Partial<Refused> = {}) =>
  refusalOf({
    provider: 'p',
    status,
    text: typeof text === 'string' ? text : JSON.stringify(text),
    path: 'chat/completions',
    model: 'm',
    secrets: { key: 'topsecret', values: [] },
    ...more,
  })

test('reads what each kind of server says', () => {
  const shapes: readonly [unknown, ReturnType<typeof readSaid>][] = [
    [
      { error: { message: 'No.', type: 'invalid_request_error', param: 'n', code: 'bad_n' } },
      { isJson: true, message: 'No.', code: 'bad_n', param: 'n' },
    ],
    [
      { message: 'Busy.', type: 'too_many_requests_error', param: 'queue', code: 'queue_exceeded' },
      { isJson: true, message: 'Busy.', code: 'queue_exceeded', param: 'queue' },
    ],
    [{ error: 'model not found' }, { isJson: true, message: 'model not found' }],
    [
      { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
      { isJson: true, message: 'Loading model', code: 'unavailable_error' },
    ],
    [{ detail: 'Not Found' }, { isJson: true, message: 'Not Found' }],
    [
      { detail: [{ loc: ['body', 'messages', 0], msg: 'field required', type: 'missing' }] },
      { isJson: true, message: 'messages.0: field required' },
    ],
    [
      { type: 'about:blank', title: 'Bad', status: 400, detail: 'Worse.' },
      { isJson: true, message: 'Worse.' },
    ],
    [[{ error: { message: 'In a list.', code: 400, status: 'INVALID' } }], { isJson: true, message: 'In a list.' }],
    ['"just a text"', { isJson: true, message: 'just a text' }],
    ['just a text', { isJson: false, message: 'just a text' }],
    ['', { isJson: false }],
    ['{"error":{"message":"it br', { isJson: false, message: '{"error":{"message":"it br' }],
    ['<html><head><title>502 Bad Gateway</title></head>', { isJson: false, message: 'a web page: 502 Bad Gateway' }],
    ['<!DOCTYPE html><body><h1>Oh <b>no</b></h1>', { isJson: false, message: 'a web page: Oh  no' }],
    ['<html></html>', { isJson: false, message: 'a web page' }],
    [{ odd: 1 }, { isJson: true, message: '{"odd":1}' }],
  ]
  for (const [body, said] of shapes)
    expect(readSaid(typeof body === 'string' ? body : JSON.stringify(body))).toEqual(said)
})

test('every status has its row, and stays in it', () => {
  const rows: readonly [number, string, string][] = [
    [301, '', 'upstream_failed'],
    [400, '{}', 'upstream_rejected'],
    [401, '{}', 'upstream_key_refused'],
    [402, '{}', 'upstream_failed'],
    [403, '<html>', 'upstream_key_refused'],
    [404, '{"error":"no"}', 'upstream_model_not_found'],
    [404, '404 page not found', 'upstream_not_found'],
    [408, '', 'upstream_failed'],
    [409, '{}', 'upstream_rejected'],
    [413, '<html>', 'upstream_rejected'],
    [422, '{}', 'upstream_rejected'],
    [429, '', 'upstream_overloaded'],
    [500, '{}', 'upstream_failed'],
    [502, '<html>', 'upstream_failed'],
    [503, '<html>', 'upstream_failed'],
    [503, '{"error":{"message":"Loading model"}}', 'upstream_overloaded'],
    [504, '', 'upstream_failed'],
    [529, '{}', 'upstream_overloaded'],
  ]
  for (const [status, text, code] of rows) {
    const error = of(status, text)
    expect(`${status} ${error.code}`).toBe(`${status} ${code}`)
    expect(error.upstream).toMatchObject({ provider: 'p', status })
  }
})

test('keeps the code and the field, and tells no secret', () => {
  const error = of(400, { error: { message: 'Bad topsecret', code: 'topsecret', param: 'temperature' } })
  expect(error.param).toBe('temperature')
  expect(error.upstream?.code).toBe('(key)')
  expect(JSON.stringify([error, error.message])).not.toContain('topsecret')
})

test('what is asked for without a model is just not there', () => {
  expect(of(404, { error: { message: 'No such File' } }, { model: undefined, path: 'files/x' }).code).toBe(
    'upstream_not_found',
  )
})

test('an API that has no such path is no API without the model: base_url is wrong then', () => {
  const pathMissing = [
    { detail: 'Not Found' },
    { error: { message: 'There is no POST /chat/completions here.', param: null, code: 'route_not_found' } },
    { error: { message: 'Invalid URL (POST /chat/completions)', type: 'invalid_request_error', param: null } },
  ]
  for (const said of pathMissing) {
    expect(of(404, said).code).toBe('upstream_not_found')
    expect(of(404, said).hint).toContain('base_url')
  }
  const elsewhere = { error: { message: 'This is a chat model; use /chat/completions', param: 'model' } }
  expect(of(404, elsewhere).code).toBe('upstream_model_not_found')
})

test('a provider that wants a key and was sent none is told apart from one that refuses its key', () => {
  const without = of(401, { error: { message: 'Who are you?' } }, { keyVariable: 'P_API_KEY' })
  expect(without.code).toBe('upstream_key_refused')
  expect(without.message).toBe("The provider 'p' asks for a key, and this server has none for it: Who are you?")
  expect(without.hint).toContain('Set P_API_KEY')
  expect(of(401, {}).hint).toContain('Correct the key')
})

test('a name with the provider before it is told to go without', () => {
  expect(of(404, { error: { message: 'No.' } }, { model: 'p/big' }).hint).toContain("send 'big'")
  expect(of(404, { error: { message: 'No.' } }).hint).toContain('GET /p/v1/models')
})

test('says in words what came without any', () => {
  expect(of(502, '').message).toBe("The provider 'p' failed: status 502 (Bad Gateway), without a word.")
  expect(of(302, '', { location: 'https://a.example/v1' }).message).toContain(
    'redirects chat/completions to https://a.example/v1',
  )
})

test('only what passes is asked again', () => {
  expect(isPassing(429, '')).toBe(true)
  expect(isPassing(503, '<html>')).toBe(true)
  expect(isPassing(429, '{"error":{"code":"insufficient_quota","message":"x"}}')).toBe(false)
  for (const status of [400, 401, 404, 422, 500, 502, 504]) expect(isPassing(status, '')).toBe(false)
})

test('nothing that a server can say makes it throw', () => {
  const odd = [
    'null',
    '[]',
    '[null]',
    '{',
    '{"error":null}',
    '{"error":[]}',
    '{"error":{"message":{}}}',
    '\u0000',
    '{"detail":[1]}',
  ]
  for (const text of odd) for (const status of [200, 400, 404, 429, 503]) expect(of(status, text).message).toBeString()
})
