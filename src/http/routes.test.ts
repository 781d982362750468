import { afterAll, describe, expect, test } from 'bun:test'
import { Value } from '@sinclair/typebox/value'
import { createFakeServices, type FakeServicesOptions } from '../../test/fakes/fake-services.ts'
import { type ErrorCode, errorCatalog } from '../core/errors.ts'
import { ProblemDetails } from '../protocol/management/problem.wire.ts'
import { ErrorEnvelope } from '../protocol/openai/error.wire.ts'
import { isOpenAi, type Route } from './define-route.ts'
import { readFrames } from './event-framing.ts'
import { mount } from './mount.ts'
import { parsePath } from './route-path.ts'
import * as routes from './routes.gen.ts'

const all: readonly Route[] = Object.values(routes)
// One for each test: what one request leaves behind must not show in the example of another.
const server = (options: FakeServicesOptions = {}) => {
  const services = createFakeServices({ clock: stillClock, ...options })
  opened.push(services)
  return { ...mount(all, services), log: services.log }
}
/** What a server has to be set to before it refuses so. */
const refusing: Readonly<Record<string, FakeServicesOptions>> = { metrics_off: { limits: { hasMetrics: false } } }
const stillClock = { now: () => 0, callAt: () => () => {} }
const opened: ReturnType<typeof createFakeServices>[] = []
afterAll(async () => {
  await Promise.all(opened.map((services) => services[Symbol.asyncDispose]()))
})

function requestFor(route: Route, sent: { params?: unknown; query?: unknown; send?: unknown }): Request {
  const params = (sent.params ?? {}) as Record<string, string>
  const path = parsePath(route.path).template.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
  const query = new URLSearchParams((sent.query ?? {}) as Record<string, string>)
  return new Request(`http://localhost${path}?${query}`, {
    method: route.method,
    ...(sent.send !== undefined && {
      body: JSON.stringify(sent.send),
      headers: { 'content-type': 'application/json' },
    }),
  })
}

for (const route of all)
  describe(route.operationId, () => {
    for (const example of route.examples)
      test(`keeps its example: ${example.name}`, async () => {
        const response = await server().fetch(requestFor(route, example))
        const { raw, events } = example
        expect(response.status).toBe(raw?.status ?? (events ? 200 : (route.status ?? 200)))
        if (example.raw) {
          expect(response.headers.get('content-type')).toStartWith(example.raw.mediaType)
          expect(await response.text()).toContain(example.raw.contains)
        } else if (example.events) {
          const events = readFrames(await response.text(), route.framing ?? 'done')
          expect(events).toEqual([...example.events])
          for (const event of events) expect(Value.Check(route.event, event)).toBe(true)
        } else {
          const reply: unknown = await response.json()
          expect(reply).toEqual(example.reply)
          expect(Value.Check(route.reply, reply)).toBe(true)
        }
      })

    for (const [code, sent] of Object.entries(route.refusals))
      test(`refuses with ${code}`, async () => {
        const { fetch, log } = server(refusing[code])
        const response = await fetch(requestFor(route, sent ?? {}))
        const body: unknown = await response.json()
        const { status } = errorCatalog[code as ErrorCode]
        expect(response.status).toBe(status)
        if (isOpenAi(route)) {
          expect(response.headers.get('content-type')).toBe('application/json')
          expect(Value.Check(ErrorEnvelope, body), JSON.stringify(body)).toBe(true)
          expect(body).toMatchObject({ error: { code, hint: expect.stringMatching(/./) } })
        } else {
          expect(response.headers.get('content-type')).toBe('application/problem+json')
          expect(Value.Check(ProblemDetails, body), JSON.stringify(body)).toBe(true)
          expect(body).toMatchObject({ code, status, hint: expect.stringMatching(/./) })
        }
        expect(log.lines.filter((line) => line.message.includes('does not declare'))).toEqual([])
      })
  })

test('a route that streams shows it in an example', () => {
  const silent = all.filter((route) => !('not' in route.event) && !route.examples.some((example) => example.events))
  expect(silent.map((route) => route.operationId)).toEqual([])
})

test('every operation has a name and a path of its own', () => {
  expect(new Set(all.map((route) => route.operationId)).size).toBe(all.length)
  expect(new Set(all.map((route) => `${route.method} ${route.path}`)).size).toBe(all.length)
})
