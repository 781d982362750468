import { Type as t } from '@sinclair/typebox'
import { fromEstimate, fromMemory } from '../../../protocol/management/memory.ts'
import { EstimateReply, EstimateRequest } from '../../../protocol/management/resources.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { findCandidate } from '../../management/candidate.ts'
import { fakeEstimate } from '../../management/estimate.examples.ts'
import { fitOf, roomFor, sum } from '../../management/room-for.ts'

export default defineRoute({
  method: 'POST',
  path: '/v1/resources/estimate',
  operationId: 'system.estimateResources',
  summary: 'Say what a model would take',
  description: `What a model takes with these options, part by part, before it is loaded: weights, key-value cache, compute buffers, draft
model, adapters and its process. Options that are open are chosen as a load would choose them now.

A model that is not here may be named as POST /v1/pull takes it; its head is read from where it is then, some megabytes at
most, and nothing is kept.

\`\`\`sh
curl http://127.0.0.1:8080/v1/resources/estimate -d '{"model": "hf:user/repository:Q4_K_M", "n_ctx": 8192}'
\`\`\``,
  params: t.Object({}),
  query: t.Object({}),
  body: EstimateRequest,
  reply: EstimateReply,
  event: t.Never(),
  examples: [
    {
      name: 'with a context of its own',
      send: { model: 'smollm2-135m-instruct', n_ctx: 4096, slots: 2 },
      reply: {
        model: 'smollm2-135m-instruct',
        estimate: fakeEstimate({ bytes: 98_000_000, n_ctx: 4096, slots: 2 }),
        least: { main_bytes: 98_000_000, device_bytes: 0 },
        free: { main_bytes: 1_000_000_000, device_bytes: 0 },
        evictable: { main_bytes: 64_000_000, device_bytes: 0 },
        fits: 'now',
      },
    },
  ],
  refusals: {
    model_not_found: { send: { model: 'absent' } },
    model_unusable: { send: { model: 'truncated' } },
    model_pull_failed: { send: { model: 'hf:fake/broken' } },
    model_source_not_found: { send: { model: 'hf:fake/missing' } },
    model_source_refused: { send: { model: 'hf:fake/gated' } },
  },
  async handle(call) {
    const { engine, runtime } = call.services
    const entry = await findCandidate(call)
    const room = roomFor(entry, engine)
    const least = runtime.least(entry, room.most)
    return {
      model: entry.id,
      estimate: fromEstimate(runtime.estimate(entry, sum([room.free, room.evictable]))),
      least: fromMemory(least),
      free: fromMemory(room.free),
      evictable: fromMemory(room.evictable),
      fits: fitOf(least, room),
    }
  },
})
