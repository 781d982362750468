import { expect, test } from 'bun:test'
import { defaultEntries, fakeEntry } from '../../test/fakes/fake-models.ts'
import { createGate } from '../../test/fakes/gate.ts'
import { openServer } from '../../test/fakes/open-server.ts'
import { connectRaw, postBytes } from '../../test/fakes/raw-client.ts'

const chat = '/v1/chat/completions'
const ask = { messages: [{ role: 'user', content: 'Say hello to me please.' }], stream: true }

const dataOf = (text: string) =>
  text
    .split('\n\n')
    .filter((block) => block.startsWith('data: '))
    .map((block) => block.slice('data: '.length))
const textOf = (text: string) =>
  dataOf(text)
    .filter((data) => data !== '[DONE]')
    .map((data) => (JSON.parse(data).choices?.[0]?.delta?.content ?? '') as string)
    .join('')

test('an error before the first event is an answer with its own status', async () => {
  await using open = openServer()
  const response = await open.post(chat, { ...ask, model: 'failing' })
  expect(response.status).toBe(500)
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(await response.json()).toMatchObject({ error: { code: 'generation_failed', type: 'server_error' } })
})

test('a full queue is 429 with Retry-After, streamed or not', async () => {
  await using open = openServer()
  for (const stream of [true, false]) {
    const response = await open.post(chat, { ...ask, stream, model: 'busy' })
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('2')
  }
})

test('an error midway is an event in the dialect, and the stream ends without [DONE]', async () => {
  await using open = openServer({ runtime: { failAfterTokens: 1 } })
  const response = await open.post(chat, ask)
  expect(response.status).toBe(200)
  const text = await response.text()
  expect(textOf(text)).toBe('Hello')
  expect(JSON.parse(dataOf(text).at(-1) ?? '')).toMatchObject({
    error: { code: 'generation_failed', type: 'server_error' },
  })
  expect(text).not.toContain('[DONE]')
  expect(text.endsWith('\n\n')).toBe(true)
})

test('an error that no row describes is `internal`, with a reference that is in the log beside the stack', async () => {
  const script = () => {
    throw new TypeError('secret detail')
  }
  await using open = openServer({ runtime: { script } })
  for (const stream of [true, false]) {
    const response = await open.post(chat, { ...ask, stream }, { headers: { 'x-request-id': `broken-${stream}` } })
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(text).toContain(`(reference broken-${stream})`)
    expect(text).not.toContain('secret')
    const logged = open.services.log.lines.find((line) => line.facts.reference === `broken-${stream}`)
    expect(logged?.level).toBe('error')
    expect(logged?.facts.error).toContain('TypeError: secret detail\n    at ')
  }
})

test('silence is filled with comments that say what the request waits for', async () => {
  const loading = Promise.withResolvers<void>()
  const gate = createGate(1)
  const whileLoading = (call: { onProgress?: (fraction: number) => void }) => {
    call.onProgress?.(0.42)
    return loading.promise
  }
  await using open = openServer({
    runtime: { whileLoading, gate: gate.hold, slots: 1, promptStep: 2 },
    limits: { heartbeatSeconds: 0.02 },
  })
  using first = await connectRaw(open.server.port)
  first.socket.write(postBytes(chat, ask))
  await first.until(': loading 42%\n\n')
  loading.resolve()
  await gate.arrival()
  await first.until(': writing\n\n')
  using second = await connectRaw(open.server.port)
  second.socket.write(postBytes(chat, ask))
  await second.until(': queued 1\n\n')
  expect(second.text()).toStartWith('HTTP/1.1 200 OK')
  gate.open()
  await first.until('[DONE]')
  await second.until('[DONE]')
})

test('an error after the first comment is an event: the status has been sent', async () => {
  const gate = createGate(0)
  const held = async (call: Parameters<typeof gate.hold>[0]) => {
    await gate.hold(call)
    throw new TypeError('no row')
  }
  await using open = openServer({ runtime: { gate: held }, limits: { heartbeatSeconds: 0.02 } })
  using client = await connectRaw(open.server.port)
  client.socket.write(postBytes(chat, ask))
  await client.until(': reading')
  gate.open()
  await client.until('"code":"internal"')
  expect(client.text()).not.toContain('[DONE]')
})

test('the headers of a stream switch off what would hold it back', async () => {
  await using open = openServer()
  const { headers } = await open.post(chat, ask)
  expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('x-accel-buffering')).toBe('no')
})

test('a slow reader holds the generation back, and gets all of it in the end', async () => {
  const words = 3000
  const word = 'x'.repeat(9999)
  let tokensOut = 0
  const gate = async (call: { tokensOut: number }) => {
    tokensOut = call.tokensOut
  }
  const script = () => Array.from({ length: words }, () => word).join(' ')
  await using open = openServer({ runtime: { script, gate, contextSize: words * 2 } })
  using client = await connectRaw(open.server.port)
  client.socket.pause()
  client.socket.write(postBytes(chat, ask))
  await until(() => tokensOut > 0)
  // Standing still for so long means that nothing is made any more.
  for (let seen = -1, still = 0; still < 20; still = tokensOut === seen ? still + 1 : 0) {
    seen = tokensOut
    await Bun.sleep(10)
  }
  expect(tokensOut).toBeLessThan(words / 2)
  client.socket.resume()
  await client.until('[DONE]')
  expect(textOf(client.text().replace(/\r\n[0-9a-f]+\r\n/g, '')).length).toBe(words * 10_000 - 1)
})

test('the idle time-out cuts what is idle, after a stream too, and never a silent generation', async () => {
  const gate = createGate(0)
  const entries = [...defaultEntries, fakeEntry({ id: 'quick' })]
  const hold = async (call: Parameters<typeof gate.hold>[0]) => {
    if (call.model.id !== 'quick') await gate.hold(call)
  }
  await using open = openServer({ idleSeconds: 1, runtime: { gate: hold }, entries })
  const streamed = open.post(chat, ask)
  const whole = open.post(chat, { ...ask, stream: false })
  await gate.arrival()
  await gate.arrival()
  using idle = await connectRaw(open.server.port)
  idle.socket.write(postBytes(chat, { ...ask, model: 'quick' }))
  await idle.until('[DONE]')
  await idle.closed
  gate.open()
  expect(textOf(await (await streamed).text())).toBe('Hello there!')
  expect(await (await whole).json()).toMatchObject({ choices: [{ message: { content: 'Hello there!' } }] })
}, 20_000)

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(1)
}
