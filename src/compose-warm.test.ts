import { expect, test } from 'bun:test'
import { createMemoryLog } from '../test/fakes/memory-log.ts'
import { warmModels } from './compose-warm.ts'
import type { ModelEntry } from './core/model.ts'
import type { ModelStatus } from './engine/engine.ts'

test('a default model that is not loaded ahead for want of memory is told, and no other', async () => {
  const entries = { chat: { id: 'talker', kind: 'chat' }, embedding: { id: 'embedder', kind: 'embedding' } }
  const warmed = async (states: Record<string, ModelStatus>, preload = true) => {
    const log = createMemoryLog()
    await warmModels({
      config: { preload },
      models: {
        list: async () => [],
        find: async (_name, kind) => entries[kind === 'chat' ? 'chat' : 'embedding'] as ModelEntry,
      },
      engine: { warm: () => {}, status: (id) => states[id] ?? { state: 'unloaded' } },
      log,
    })
    return log.lines.map(({ level, message }) => `${level} ${message}`)
  }
  const loading = { state: 'loading', fraction: 0 } as const
  const failed = { state: 'failed', problem: 'it does not fit', retrySeconds: 1 } as const
  expect(await warmed({ talker: loading })).toEqual([
    "info 'embedder' is not loaded ahead, as too little memory is left beside the others; a request for it loads it",
  ])
  expect(await warmed({ talker: loading, embedder: failed })).toEqual([])
  expect(await warmed({}, false)).toEqual([])
})
