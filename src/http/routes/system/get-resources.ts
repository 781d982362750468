import { Type as t } from '@sinclair/typebox'
import { fromMemory } from '../../../protocol/management/memory.ts'
import { Resources } from '../../../protocol/management/resources.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { fromResident } from '../../management/from-resident.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/resources',
  operationId: 'system.getResources',
  summary: 'Show the memory and who has it',
  description: `Memory that models may still take, all that they may take together, and what each model in memory was expected to take
and takes. Memory that the system can take back from its file cache counts as free.`,
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: Resources,
  event: t.Never(),
  examples: [
    {
      name: 'with a model that nothing uses',
      reply: {
        free: { main_bytes: 1_000_000_000, device_bytes: 0 },
        total: { main_bytes: 1_000_000_000, device_bytes: 0 },
        models: [
          {
            id: 'resident',
            state: 'ready',
            pinned: false,
            busy: 0,
            idle_seconds: 12,
            estimated_main_bytes: 64_000_000,
            estimated_device_bytes: 0,
            measured_main_bytes: 63_000_000,
          },
        ],
      },
    },
  ],
  refusals: {},
  async handle({ services: { engine } }) {
    const { free, total } = engine.memory()
    return { free: fromMemory(free), total: fromMemory(total), models: engine.residents().map(short) }
  },
})

function short(resident: Parameters<typeof fromResident>[0]): Resources['models'][number] {
  const whole = fromResident(resident)
  const { id, state, pinned, busy, idle_seconds, estimated_main_bytes, estimated_device_bytes } = whole
  return {
    ...{ id, state, pinned, busy, estimated_main_bytes, estimated_device_bytes },
    ...(idle_seconds !== undefined && { idle_seconds }),
    ...(whole.measured_main_bytes !== undefined && { measured_main_bytes: whole.measured_main_bytes }),
  }
}
