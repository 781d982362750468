import { expect, test } from 'bun:test'
import { readFrames } from './event-framing.ts'
import { type EventStreamCall, openEventStream } from './event-stream.ts'

const never = new Promise<never>(() => {})

/** Opens a stream and notes what it tells; heartbeats and patience are out of the way unless a test wants them. */
async function open(events: AsyncIterable<unknown>, more: Partial<EventStreamCall> = {}) {
  const told = { left: [] as unknown[], ended: [] as number[] }
  const stream = await openEventStream({
    events,
    signal: new AbortController().signal,
    heartbeatMilliseconds: 60_000,
    patienceMilliseconds: 60_000,
    comment: () => 'waiting',
    framing: 'done',
    toErrorEvent: (error) => ({ error: (error as Error).message }),
    onLeave: (reason) => told.left.push(reason),
    onEnd: (bytes) => told.ended.push(bytes),
    ...more,
  })
  return { told, stream, reader: stream.getReader() }
}
const textOf = ({ value }: { value?: Uint8Array | undefined }) => new TextDecoder().decode(value)

test('frames each event as a line of JSON, and ends with the last data', async () => {
  const { stream, reader, told } = await open(
    (async function* () {
      yield { text: 'a\nb\u2028' }
      yield [1]
    })(),
  )
  reader.releaseLock()
  const text = await new Response(stream).text()
  expect(text).toBe('data: {"text":"a\\nb\u2028"}\n\ndata: [1]\n\ndata: [DONE]\n\n')
  expect(told).toEqual({ left: [], ended: [Buffer.byteLength(text)] })
})

test('sends events that are ready together in one piece, and one that comes alone at once', async () => {
  const gate = Promise.withResolvers<void>()
  const { reader } = await open(
    (async function* () {
      yield 1
      yield 2
      await gate.promise
      yield 3
    })(),
  )
  expect(textOf(await reader.read())).toBe('data: 1\n\ndata: 2\n\n')
  gate.resolve()
  expect(textOf(await reader.read())).toBe('data: 3\n\ndata: [DONE]\n\n')
  expect((await reader.read()).done).toBe(true)
})

test('rejects with an error that comes before anything was sent', async () => {
  const failing = (async function* () {
    yield* []
    throw new Error('at once')
  })()
  await expect(open(failing)).rejects.toThrow('at once')
})

test('an error midway follows what was made before it, and ends the stream without the last data', async () => {
  const { reader, told } = await open(
    (async function* () {
      yield 1
      throw new Error('midway')
    })(),
  )
  expect(textOf(await reader.read())).toBe('data: 1\n\n')
  expect(textOf(await reader.read())).toBe('data: {"error":"midway"}\n\n')
  expect((await reader.read()).done).toBe(true)
  expect(told.ended.length).toBe(1)
})

test('silence opens the stream with a comment, and no event is lost or doubled by it', async () => {
  const gate = Promise.withResolvers<void>()
  let asked = 0
  const events: AsyncIterable<unknown> = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        await gate.promise
        return ++asked > 2 ? { done: true, value: undefined } : { done: false, value: asked }
      },
    }),
  }
  const { reader } = await open(events, { heartbeatMilliseconds: 5 })
  expect(textOf(await reader.read())).toBe(': waiting\n\n')
  expect(textOf(await reader.read())).toBe(': waiting\n\n')
  gate.resolve()
  let text = ''
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) text += textOf(piece)
  expect(text.replaceAll(': waiting\n\n', '')).toBe('data: 1\n\ndata: 2\n\ndata: [DONE]\n\n')
})

test('asks for no event before the reader wants one, but the first', async () => {
  let made = 0
  await open(
    (async function* () {
      for (;;) {
        made++
        yield 'x'.repeat(20_000)
      }
    })(),
  )
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(made).toBe(1)
})

test('a reader that leaves is told of at once, though the events hang', async () => {
  const { reader, told } = await open(
    (async function* () {
      yield 1
      await never
    })(),
  )
  await reader.read()
  await reader.cancel('gone')
  expect(told.left).toEqual(['gone'])
  expect(told.ended.length).toBe(1)
})

test('a reader that leaves before it took anything leaves nothing open', async () => {
  const controller = new AbortController()
  const closed = Promise.withResolvers<void>()
  const { told } = await open(
    (async function* () {
      try {
        yield 1
        yield 2
      } finally {
        closed.resolve()
      }
    })(),
    { signal: controller.signal },
  )
  controller.abort()
  await closed.promise
  expect(told.ended).toEqual([0])
})

test('a reader that takes nothing for too long is given up', async () => {
  const left = Promise.withResolvers<unknown>()
  const { reader } = await open(
    (async function* () {
      for (;;) yield 'x'.repeat(20_000)
    })(),
    { patienceMilliseconds: 5, onLeave: left.resolve },
  )
  await reader.read()
  expect(String(await left.promise)).toContain('took nothing for too long')
  await expect(reader.read()).rejects.toThrow('took nothing for too long')
})

test('named events have a line with their type before them, and nothing comes after the last one', async () => {
  const { stream, reader } = await open(
    (async function* () {
      yield { type: 'response.created', text: 'a' }
    })(),
    { framing: 'named' },
  )
  reader.releaseLock()
  const text = await new Response(stream).text()
  expect(text).toBe('event: response.created\ndata: {"type":"response.created","text":"a"}\n\n')
  expect(readFrames(text, 'named')).toEqual([{ type: 'response.created', text: 'a' }])
})
