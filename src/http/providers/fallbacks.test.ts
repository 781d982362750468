import { expect, test } from 'bun:test'
import { openGateway } from '../../../test/fakes/open-gateway.ts'
import { readFrames } from '../event-framing.ts'

const local = 'smollm2-135m-instruct'
const messages = [{ role: 'user', content: 'Hello!' }]

for (const stream of [false, true])
  for (const [model, code] of [
    ['busy', 'queue_full'],
    ['absent', 'model_not_found'],
    ['huge', 'model_does_not_fit'],
    ['broken', 'model_load_failed'],
    ['crashing', 'runtime_crashed'],
  ] as const)
    test(`a local model with ${code} is stood in for by a provider (stream: ${stream})`, async () => {
      await using open = await openGateway({ fallbacks: [{ model, to: ['other/fake'] }] })
      const response = await open.chat({ model, stream })
      expect(response.status).toBe(200)
      expect(response.headers.get('x-hearth-model')).toBe('other/fake')
      expect(response.headers.get('x-hearth-tried')).toBe(model)
      if (stream) expect(readFrames(await response.text(), 'done')).toHaveLength(4)
      else expect(await response.json()).toMatchObject({ id: 'chatcmpl-fake' })
      const line = open.services.log.lines.find(({ message }) => message.startsWith('a model could not answer'))
      expect(line).toMatchObject({ level: 'info', facts: { model, code } })
      expect([...open.services.requests].map((running) => running.model)).not.toContain(model)
    })

for (const stream of [false, true])
  test(`a provider that fails is stood in for by a local model (stream: ${stream})`, async () => {
    await using open = await openGateway({ fallbacks: [{ model: 'other/fake', to: ['absent', local] }] })
    open.upstream.fail({ status: 500, body: '{"error":{"message":"No."}}' })
    const response = await open.chat({ stream })
    expect(response.status).toBe(200)
    expect(response.headers.get('x-hearth-model')).toBe(local)
    expect(response.headers.get('x-hearth-provider')).toBeNull()
    expect(response.headers.get('x-hearth-tried')).toBe('other/fake, absent')
    expect(await response.text()).toContain('Hello')
  })

test('the default model has its fallbacks, too, and so has an alias', async () => {
  await using open = await openGateway({
    fallbacks: [{ model: local, to: ['other/fake'] }],
    runtime: { failLoad: () => 'the file is no model' },
  })
  for (const model of [undefined, 'smollm2', local]) {
    const response = await open.chat({ model })
    expect(response.headers.get('x-hearth-model')).toBe('other/fake')
  }
})

test('what the client does wrong is told at once', async () => {
  await using open = await openGateway({ fallbacks: [{ model: local, to: ['other/fake'] }] })
  const response = await open.chat({ model: local, messages: 'none' })
  expect(response.status).toBe(400)
  expect(open.upstream.requests).toEqual([])
})

test('where nobody can answer, the last failure is told, and what was tried', async () => {
  await using open = await openGateway({ fallbacks: [{ model: 'absent', to: ['busy', 'other/fake'] }] })
  open.upstream.fail({ status: 503, body: '{"error":{"message":"Full."}}' })
  const response = await open.chat({ model: 'absent' })
  expect(response.headers.get('x-hearth-tried')).toBe('absent, busy')
  expect(((await response.json()) as { error: { code: string } }).error.code).toStartWith('upstream_')
})

test('a fallback that cannot take this very request is passed over', async () => {
  await using open = await openGateway({ fallbacks: [{ model: 'busy', to: [local, 'other/fake'] }] })
  // The field is none that a model of this machine knows; the first would have said so, too, if it had come to it.
  const long = [{ role: 'user', content: 'word '.repeat(400) }]
  const response = await open.chat({ model: 'busy', messages: long })
  expect(response.headers.get('x-hearth-model')).toBe('other/fake')
})

test('once an event has come nobody else is asked', async () => {
  await using open = await openGateway({ fallbacks: [{ model: 'other/fake', to: [local] }] })
  open.upstream.fail('error-event')
  const response = await open.chat({ stream: true })
  expect(response.headers.get('x-hearth-model')).toBe('other/fake')
  expect(await response.text()).toContain('"code":"upstream_failed"')
})

test('a stream whose first event is an error is stood in for', async () => {
  await using open = await openGateway({ fallbacks: [{ model: 'other/fake', to: [local] }] })
  const body = 'data: {"error":{"message":"Out of memory."}}\n\n'
  open.upstream.fail({ status: 200, headers: { 'content-type': 'text/event-stream' }, body })
  const response = await open.chat({ stream: true })
  expect(response.headers.get('x-hearth-model')).toBe(local)
  await response.text()
})

test('a slow fallback keeps its client with comments', async () => {
  const gate = Promise.withResolvers<void>()
  await using open = await openGateway({
    fallbacks: [{ model: 'busy', to: ['other/fake'] }],
    limits: { heartbeatSeconds: 0.05 },
    upstream: { beforePiece: () => gate.promise },
  })
  const response = await open.chat({ model: 'busy', stream: true, messages })
  const reader = response.body?.getReader()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toStartWith(': ')
  gate.resolve()
  let text = ''
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read())
    text += new TextDecoder().decode(read.value)
  expect(text).toContain('[DONE]')
})
