import { afterEach, beforeEach, expect, jest, test } from 'bun:test'
import { type BodyEnd, type GuardedBody, guardBody } from './guard-body.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})
const pass = (seconds: number) => jest.advanceTimersByTime(seconds * 1000)
const settled = Promise.resolve()

/** A guarded body of which a test sends the pieces, and how it has ended. */
function open(rest: Partial<GuardedBody> = {}) {
  let source: ReadableStreamDefaultController<Uint8Array> | undefined
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      source = controller
    },
  })
  const ends: BodyEnd[] = []
  const connection = new AbortController()
  const leaving = new AbortController()
  const guarded = guardBody({
    body: stream,
    provider: 'other',
    expectedBytes: undefined,
    idleSeconds: 10,
    wholeSeconds: 1000,
    signal: leaving.signal,
    abort: () => connection.abort(),
    onEnd: (end) => ends.push(end),
    ...rest,
  })
  const send = (text: string) => source?.enqueue(new TextEncoder().encode(text))
  return { body: guarded, source, send, ends, leaving, connection: connection.signal }
}

const textOf = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)

test('a body that is silent for too long ends in a failure, and its connection with it', async () => {
  const { body, send, ends, connection } = open()
  send('a')
  expect(textOf(await body.read())).toBe('a')
  const waiting = body.read()
  await settled
  pass(9)
  expect(connection.aborted).toBe(false)
  pass(1.1)
  expect(connection.aborted).toBe(true)
  await expect(waiting).rejects.toMatchObject({ code: 'upstream_timeout', facts: { seconds: 10 } })
  expect(ends).toEqual([{ problem: expect.stringContaining('had begun') }])
})

test('only waiting for the body counts, not the time that its reader takes', async () => {
  const { body, source, send, ends } = open({ wholeSeconds: 15 })
  for (const text of ['a', 'b', 'c', 'd']) {
    const waiting = body.read()
    await settled
    pass(3)
    send(text)
    expect(textOf(await waiting)).toBe(text)
    pass(100)
  }
  source?.close()
  expect(await body.read()).toBeUndefined()
  pass(100)
  expect(ends).toEqual(['whole'])
})

test('all waiting together has its own limit', async () => {
  const { body, send, ends } = open({ wholeSeconds: 15 })
  for (const seconds of [9, 5]) {
    const waiting = body.read()
    await settled
    pass(seconds)
    send('x')
    await waiting
  }
  const waiting = body.read()
  await settled
  pass(1.1)
  await expect(waiting).rejects.toMatchObject({ code: 'upstream_timeout', facts: { seconds: 15 } })
  expect(ends).toHaveLength(1)
})

test('whoever leaves gets the reason, now and later', async () => {
  const { body, ends, leaving, connection } = open()
  const waiting = body.read()
  await settled
  leaving.abort(new Error('gone'))
  await expect(waiting).rejects.toThrow('gone')
  await expect(body.read()).rejects.toThrow('gone')
  expect([connection.aborted, ends]).toEqual([true, ['left']])
  pass(100)
  expect(ends).toHaveLength(1)
})

test('one who has left before it begins is told so', async () => {
  const { body, ends } = open({ signal: AbortSignal.abort(new Error('gone')) })
  await expect(body.read()).rejects.toThrow('gone')
  expect(ends).toEqual(['left'])
})

test('a body that nobody wants more of is left, while a piece is awaited too', async () => {
  const { body, ends, leaving, connection } = open()
  const waiting = body.read()
  await settled
  body.cancel()
  expect(await waiting).toBeUndefined()
  leaving.abort()
  pass(100)
  expect([connection.aborted, ends]).toEqual([true, ['left']])
})

test('a body with fewer or more bytes than its head says is broken', async () => {
  for (const expectedBytes of [4, 2]) {
    const { body, source, send, ends } = open({ expectedBytes })
    send('abc')
    send('')
    source?.close()
    expect(textOf(await body.read())).toBe('abc')
    await expect(body.read()).rejects.toMatchObject({ code: 'upstream_broken' })
    expect(ends).toEqual([{ problem: expect.stringContaining(`3 of ${expectedBytes} bytes`) }])
  }
})

test('an answer without a body is whole', async () => {
  const { body, ends } = open({ body: null, expectedBytes: 0 })
  expect(await body.read()).toBeUndefined()
  expect(ends).toEqual(['whole'])
})

test('what breaks off is broken', async () => {
  const { body, source, ends } = open()
  source?.error(new Error('ECONNRESET'))
  await expect(body.read()).rejects.toMatchObject({ code: 'upstream_broken' })
  expect(ends).toEqual([{ problem: expect.stringContaining('before the answer did') }])
})

test('what is not wanted any more is left behind: its end, if it comes soon, and the connection otherwise', async () => {
  for (const behind of ['end', 'nothing', 'more'] as const) {
    const { body, source, send, ends, connection } = open({ expectedBytes: 100 })
    send('all')
    await body.read()
    body.finish()
    expect(ends).toEqual(['whole'])
    if (behind === 'end') source?.close()
    if (behind === 'more') send('more')
    for (let turn = 0; turn < 5; turn++) await settled
    expect(connection.aborted).toBe(behind === 'more')
    pass(1.1)
    expect(connection.aborted).toBe(behind !== 'end')
    pass(100)
    expect([ends, await body.read()]).toEqual([['whole'], undefined])
  }
})
