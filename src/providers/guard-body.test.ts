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
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      source = controller
    },
  })
  const ends: BodyEnd[] = []
  const connection = new AbortController()
  const leaving = new AbortController()
  const guarded = guardBody({
    body,
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
  return { reader: guarded.getReader(), guarded, source, send, ends, leaving, connection: connection.signal }
}

const textOf = ({ value }: { value?: Uint8Array | undefined }) => new TextDecoder().decode(value)

test('a body that is silent for too long ends in a failure, and its connection with it', async () => {
  const { reader, send, ends, connection } = open()
  send('a')
  expect(textOf(await reader.read())).toBe('a')
  const waiting = reader.read()
  await settled
  pass(9)
  expect(connection.aborted).toBe(false)
  pass(1.1)
  expect(connection.aborted).toBe(true)
  await expect(waiting).rejects.toMatchObject({ code: 'upstream_timeout', facts: { seconds: 10 } })
  expect(ends).toEqual([{ problem: expect.stringContaining('had begun') }])
})

test('only waiting for the body counts, not the time that its reader takes', async () => {
  const { reader, source, send, ends } = open({ wholeSeconds: 15 })
  for (const text of ['a', 'b', 'c', 'd']) {
    const waiting = reader.read()
    await settled
    pass(3)
    send(text)
    expect(textOf(await waiting)).toBe(text)
    pass(100)
  }
  source?.close()
  expect((await reader.read()).done).toBe(true)
  pass(100)
  expect(ends).toEqual(['whole'])
})

test('all waiting together has its own limit', async () => {
  const { reader, send, ends } = open({ wholeSeconds: 15 })
  for (const seconds of [9, 5]) {
    const waiting = reader.read()
    await settled
    pass(seconds)
    send('x')
    await waiting
  }
  const waiting = reader.read()
  await settled
  pass(1.1)
  await expect(waiting).rejects.toMatchObject({ code: 'upstream_timeout', facts: { seconds: 15 } })
  expect(ends).toHaveLength(1)
})

test('whoever leaves gets the reason, and nothing that comes later', async () => {
  const { reader, send, ends, leaving, connection } = open()
  const waiting = reader.read()
  await settled
  leaving.abort(new Error('gone'))
  send('late')
  await expect(waiting).rejects.toThrow('gone')
  expect([connection.aborted, ends]).toEqual([true, ['left']])
  pass(100)
  expect(ends).toHaveLength(1)
})

test('one who has left before it begins is told so', async () => {
  const { reader, ends } = open({ signal: AbortSignal.abort(new Error('gone')) })
  await expect(reader.read()).rejects.toThrow('gone')
  expect(ends).toEqual(['left'])
})

test('a body that nobody wants more of is left, while a piece is awaited too', async () => {
  const { reader, ends, leaving, connection } = open()
  const waiting = reader.read()
  await settled
  await reader.cancel()
  expect((await waiting).done).toBe(true)
  leaving.abort()
  pass(100)
  expect([connection.aborted, ends]).toEqual([true, ['left']])
})

test('a body with fewer or more bytes than its head says is broken', async () => {
  for (const expectedBytes of [4, 2]) {
    const { reader, source, send, ends } = open({ expectedBytes })
    send('abc')
    send('')
    source?.close()
    expect(textOf(await reader.read())).toBe('abc')
    await expect(reader.read()).rejects.toMatchObject({ code: 'upstream_broken' })
    expect(ends).toEqual([{ problem: expect.stringContaining(`3 of ${expectedBytes} bytes`) }])
  }
})

test('an answer without a body is whole', async () => {
  const { reader, ends } = open({ body: null, expectedBytes: 0 })
  expect((await reader.read()).done).toBe(true)
  expect(ends).toEqual(['whole'])
})

test('what breaks off is broken', async () => {
  const { reader, source, ends } = open()
  source?.error(new Error('ECONNRESET'))
  await expect(reader.read()).rejects.toMatchObject({ code: 'upstream_broken' })
  expect(ends).toEqual([{ problem: expect.stringContaining('before the answer did') }])
})
