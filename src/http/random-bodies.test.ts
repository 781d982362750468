import { expect, test } from 'bun:test'
import { Value } from '@sinclair/typebox/value'
import { createFakeServices } from '../../test/fakes/fake-services.ts'
import { randomValue } from '../../test/random-value.ts'
import { SeededRandom } from '../../test/seeded-random.ts'
import { errorCatalog } from '../core/errors.ts'
import { ProblemDetails } from '../protocol/management/problem.wire.ts'
import { ErrorEnvelope } from '../protocol/openai/error.wire.ts'
import { isOpenAi, type Route, sharedRefusals } from './define-route.ts'
import { readFrames } from './event-framing.ts'
import { mount } from './mount.ts'
import * as routes from './routes.gen.ts'

const all: readonly Route[] = Object.values(routes)
const taking = all.filter((route) => route.method === 'POST' && !('not' in route.body) && !route.path.includes('{'))
const bodies = 400

/** Statuses of a route's refusals. */
const declared = (route: Route): readonly number[] =>
  [...sharedRefusals, ...Object.keys(route.refusals)].map(
    (code) => errorCatalog[code as keyof typeof errorCatalog].status,
  )

/** What is refused whatever it says, and what names things that are not there: else hardly anything would be accepted. */
const leftOut = [
  'model',
  'model_name',
  'draft_model',
  'lora',
  'sha256',
  'id',
  'conversation',
  'prompt_id',
  'context_management',
  'moderation',
  'previous_response_id',
]
/** What is mostly good. */
const good: Readonly<Record<string, unknown>> = { messages: [{ role: 'user', content: 'Hello' }], input: 'Hello' }

/** Routes that do something with models want one to be named. */
const named: Readonly<Record<string, string>> = { '/v1/pull': 'fake-chat', '/v1/delete': 'old-model' }
const modelOf = (route: Route) => (isOpenAi(route) ? {} : { model: named[route.path] ?? 'smollm2-135m-instruct' })

function randomBody(route: Route, random: SeededRandom): object {
  const entries = Object.entries(randomValue(route.body, random) as object)
    .filter(([name]) => !leftOut.includes(name))
    .map(([name, value]) => [name, name in good && random.chance(0.8) ? good[name] : value])
  return { ...Object.fromEntries(entries), ...('model' in route.body.properties && modelOf(route)) }
}

for (const route of taking)
  test(`${route.path} answers whatever its schema allows as its document says`, async () => {
    await using services = createFakeServices({ limits: { heartbeatSeconds: 60 } })
    const { fetch } = mount(all, services)
    let accepted = 0
    for (let seed = 1; seed <= bodies; seed++) {
      const body = JSON.stringify(randomBody(route, new SeededRandom(seed)))
      const request = new Request(`http://localhost${route.path}`, { method: 'POST', body })
      const response = await fetch(request)
      const text = await response.text()
      const about = `seed ${seed}: ${body.slice(0, 2000)}\n${text.slice(0, 500)}`
      expect(response.status, about).toBeLessThan(500)
      if (response.status >= 400) {
        expect(declared(route), about).toContain(response.status)
        expect(Value.Check(isOpenAi(route) ? ErrorEnvelope : ProblemDetails, JSON.parse(text)), about).toBe(true)
        continue
      }
      accepted++
      if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
        for (const event of readFrames(text, route.framing ?? 'done'))
          expect(Value.Check(route.event, event), about).toBe(true)
      } else expect(Value.Check(route.reply, JSON.parse(text)), about).toBe(true)
    }
    const complaints = services.log.lines.filter(
      ({ level, message }) => level === 'error' || message.includes('declare'),
    )
    expect(complaints.map(({ message }) => message)).toEqual([])
    // What is deleted is not there any more.
    expect(accepted).toBeGreaterThan(route.path === '/v1/delete' ? 0 : 5)
  }, 30_000)
