import { expect, test } from 'bun:test'
import { openGateway } from '../../../test/fakes/open-gateway.ts'
import { readFrames } from '../event-framing.ts'
import { EventBlocks } from './event-blocks.ts'

const eventStream = { 'content-type': 'text/event-stream' }
const event = '{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}'

test.each([
  ['spaces around its end', `data: ${event}\n\ndata:  [DONE] \n\n`, {}],
  ['spaces around an end without an empty line', `data: ${event}\n\ndata: [DONE]  `, {}],
  ['events without data', `data:\n\ndata: \n\ndata: ${event}\n\nid: 1\ndata:\n\ndata: [DONE]\n\n`, {}],
  ['something behind its end', `data: ${event}\n\ndata: [DONE]\n\ndata: ${event}\n\n`, {}],
  ['no media type', `data: ${event}\n\ndata: [DONE]\n\n`, { 'content-type': '' }],
  ['the media type of plain text', `data: ${event}\n\ndata: [DONE]\n\n`, { 'content-type': 'text/plain' }],
])('a stream with %s is passed on as one', async (_, body, headers) => {
  await using open = await openGateway()
  open.upstream.fail({ status: 200, headers: { ...eventStream, ...headers }, body })
  const response = await open.chat({ stream: true })
  expect(response.headers.get('content-type')).toStartWith('text/event-stream')
  expect(readFrames(await response.text(), 'done')).toEqual([JSON.parse(event)])
})

test('JSON that says that it is something else is JSON', async () => {
  await using open = await openGateway()
  for (const headers of [{}, { 'content-type': 'text/plain' }] as const) {
    open.upstream.fail({ status: 200, headers, body: `${event}` })
    const response = await open.chat()
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(JSON.parse(event))
  }
})

for (const stream of [false, true])
  test.each([
    ['status 204', { status: 204, body: '' }],
    ['nothing', { status: 200, headers: { 'content-type': 'application/json' }, body: '' }],
    ['nothing of any kind', { status: 200, body: '' }],
    ['plain text', { status: 200, headers: { 'content-type': 'text/plain' }, body: 'Hello!' }],
  ] as const)(`an answer of %s is none, and who stands in is asked (stream: ${stream})`, async (_, answer) => {
    await using open = await openGateway({ fallbacks: [{ model: 'other/second', to: ['other/fake'] }] })
    open.upstream.fail(answer, answer)
    const refused = await open.chat({ stream })
    expect(refused.status).toBe(502)
    expect(await refused.json()).toMatchObject({ error: { code: expect.stringMatching(/^upstream_(failed|broken)$/) } })
    const response = await open.chat({ stream, model: 'other/second' })
    expect(response.headers.get('x-hearth-model')).toBe('other/fake')
    expect(await response.text()).toContain('Good')
  })

test('an address that has nothing there is stood in for', async () => {
  await using open = await openGateway({ fallbacks: [{ model: 'other/fake', to: ['smollm2-135m-instruct'] }] })
  open.upstream.fail({ status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Not Found</h1>' })
  const response = await open.chat()
  expect(response.headers.get('x-hearth-model')).toBe('smollm2-135m-instruct')
})

test('events of an operation that has its own form need be no JSON', async () => {
  await using open = await openGateway()
  const body = 'event: audio\ndata: c291bmQ=\n\nevent: end\ndata:\n\n'
  open.upstream.fail({ status: 200, headers: eventStream, body })
  const response = await open.post('/other/v1/audio/speech', { model: 'fake', input: 'Hello!', stream: true })
  expect(await response.text()).toStartWith('event: audio\ndata: c291bmQ=\n\n')
})

test('an event of many small pieces is joined once', () => {
  const blocks = new EventBlocks()
  const piece = new TextEncoder().encode('x'.repeat(64))
  for (let number = 0; number < 2 ** 17; number++) {
    blocks.add(piece)
    expect(blocks.next()).toBeUndefined()
  }
  blocks.add(new TextEncoder().encode('\n\nid: 1\n\n'))
  expect([blocks.next()?.length, blocks.next()?.length, blocks.next()]).toEqual([2 ** 23, 5, undefined])
}, 30_000)

test('what is sent on as JSON is called so, and what is asked besides goes with it', async () => {
  await using open = await openGateway()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  await open.post('/other/v1/chat/completions?api-version=2&x=a%26b', '{"model":"fake","messages":[]}', { headers })
  expect(open.upstream.requests[0]?.headers['content-type']).toBe('application/json')
  expect(open.upstream.requests[0]?.path).toBe('/v1/chat/completions?api-version=2&x=a%26b')
})
