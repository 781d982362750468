import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoadOptions, ModelEntry } from '../../src/core/model.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { readHeader } from '../../src/models/gguf/read-header.ts'
import { generate, requestOf } from '../conformance/generate.ts'
import { realModels } from '../real-models.ts'
import { writePadded, writeQuarters, writeSixteenBit } from './gguf-surgery.ts'
import { writeAdapter } from './lora-adapter.ts'
import { realEntry, realRuntime } from './real-runtime.ts'

// Memory is measured on Linux only.
const onLinux = test.if(process.platform === 'linux')
const models = await realModels()
const runtime = realRuntime()
const folder = mkdtempSync(join(tmpdir(), 'hearth-estimate-'))
const paths = {
  small: models.chat,
  vectors: models.embedding,
  wide: join(folder, 'f16.gguf'),
  deep: join(folder, 'deep.gguf'),
  rearranged: join(folder, 'q4-0.gguf'),
  adapter: join(folder, 'adapter.gguf'),
}

beforeAll(async () => {
  writeSixteenBit(models.chat, paths.wide)
  writePadded(models.chat, paths.deep, 4)
  writeQuarters(paths.wide, paths.rearranged)
  await writeAdapter(paths.adapter, { header: await readHeader(models.chat), strength: 0.01, rank: 64 })
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Case {
  readonly name: string
  readonly path: keyof typeof paths
  readonly kind?: ModelEntry['kind']
  readonly load: Partial<LoadOptions>
  readonly draft?: keyof typeof paths
  readonly adapter?: true
}

const cases: readonly Case[] = [
  { name: 'four slots', path: 'small', load: { contextSize: 1024, slots: 4 } },
  { name: 'one long slot', path: 'small', load: { contextSize: 4096, slots: 1 } },
  { name: 'many short slots', path: 'small', load: { contextSize: 512, slots: 12 } },
  { name: 'what is chosen for a small room', path: 'small', load: { contextSize: 'auto', slots: 'auto' } },
  {
    name: 'a quantised cache',
    path: 'small',
    load: { contextSize: 4096, slots: 1, cacheTypes: { key: 'q8_0', value: 'q4_0' } },
  },
  {
    name: 'a cache of 32 bits',
    path: 'small',
    load: { contextSize: 1024, slots: 2, cacheTypes: { key: 'f32', value: 'f32' } },
  },
  { name: 'weights of 16 bits', path: 'wide', load: { contextSize: 2048, slots: 2 } },
  { name: 'four times the layers', path: 'deep', load: { contextSize: 1024, slots: 2 } },
  { name: 'weights that are rearranged', path: 'rearranged', load: { contextSize: 1024, slots: 1 } },
  { name: 'a draft model', path: 'deep', load: { contextSize: 1024, slots: 2 }, draft: 'small' },
  { name: 'an adapter', path: 'small', load: { contextSize: 1024, slots: 1 }, adapter: true },
  { name: 'vectors', path: 'vectors', kind: 'embedding', load: { contextSize: 'auto', slots: 'auto' } },
]

for (const each of cases)
  onLinux(
    `${each.name}: the estimate is within 15 % of what the process takes`,
    async () => {
      const entry = await entryOf(each)
      const { mainBytes } = runtime.least(entry)
      const room = { mainBytes: mainBytes + 400 * 2 ** 20, deviceBytes: 0 }
      const estimate = runtime.estimate(entry, room)
      const model = await runtime.load(entry, { signal: new AbortController().signal, room })
      try {
        expect(model.facts).toMatchObject({
          contextSize: estimate.contextSize,
          slots: estimate.slots,
          gpuLayers: estimate.gpuLayers,
          notes: estimate.notes,
        })
        await useFully(model)
        const measured = model.memoryBytes?.() ?? 0
        const shares = { estimate: estimate.mainBytes / 2 ** 20, measured: measured / 2 ** 20 }
        expect(Math.abs(estimate.mainBytes / measured - 1), JSON.stringify(shares)).toBeLessThan(0.15)
      } finally {
        await model[Symbol.asyncDispose]()
      }
    },
    120_000,
  )

async function entryOf({ path, kind = 'chat', load, draft, adapter }: Case): Promise<ModelEntry> {
  const small = draft && { path: paths[draft], header: await readHeader(paths[draft]) }
  const { tensorBytes } = adapter ? await readHeader(paths.adapter) : { tensorBytes: 0 }
  return realEntry({
    path: paths[path],
    kind,
    load: {
      ...load,
      ...(small && { draft: { ...small, contextSize: 'auto', gpuLayers: -1, always: true } }),
      ...(adapter && { adapters: [{ path: paths.adapter, scale: 1, tensorBytes }] }),
    },
  })
}

/** Fills every slot with a good part of its context, or embeds long texts in every context. */
async function useFully(model: LoadedModel): Promise<void> {
  const { contextSize, slots } = model.facts
  const words = (count: number, from: number) =>
    Array.from({ length: count }, (_, index) => `w${(from * 131 + index * 7) % 1000}`).join(' ')
  if (model.embed)
    await model.embed(
      Array.from({ length: 32 }, (_, index) => words(300, index)),
      { truncates: true },
      new AbortController().signal,
    )
  else
    await Promise.all(
      Array.from({ length: slots }, (_, index) =>
        generate(model, requestOf(words(Math.min(200, contextSize * 0.1), index), { maxTokens: 16 })),
      ),
    )
}
