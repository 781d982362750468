import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { IsolatedModel } from '../../src/runtimes/isolated/isolated-model.ts'
import { generate, requestOf } from '../conformance/generate.ts'
import { realModels } from '../real-models.ts'
import { librariesWithoutStep, realEntry, realRuntime } from './real-runtime.ts'

/** Processor time of every thread of a process, in the system's ticks of 10 ms. */
function threadTicks(processId: number): ReadonlyMap<string, number> {
  const folder = `/proc/${processId}/task`
  return new Map(
    readdirSync(folder).map((thread) => {
      const [, rest = ''] = /\) (.*)$/s.exec(readFileSync(`${folder}/${thread}/stat`, 'utf8')) ?? []
      const fields = rest.split(' ')
      return [thread, Number(fields[11]) + Number(fields[12])] as const
    }),
  )
}

test.skipIf(process.platform !== 'linux')(
  'without the native step, all decodes of a chat model run on one and the same thread of the pool',
  async () => {
    const entry = await realEntry({ path: (await realModels()).chat, kind: 'chat' })
    const runtime = realRuntime({ nativeFolder: await librariesWithoutStep() })
    await using model = await runtime.load(entry, { signal: new AbortController().signal })
    if (!(model instanceof IsolatedModel) || !model.processId) throw new Error('the model has no process')
    await generate(model, requestOf('Hello'))
    const before = threadTicks(model.processId)
    // Frames that arrive while a decode runs are what could make the pool's threads change places.
    const requests = ['a cat', 'a dog', 'a bird', 'a fish'].map((animal) =>
      requestOf(`Tell me about ${animal}.`, { maxTokens: 64 }),
    )
    await Promise.all(requests.map((request) => generate(model, request)))
    const after = threadTicks(model.processId)
    const worked = [...after]
      .filter(([thread]) => thread !== String(model.processId))
      .map(([thread, ticks]) => ticks - (before.get(thread) ?? ticks))
      .sort((a, b) => b - a)
    const [first = 0, second = 0] = worked
    expect(first).toBeGreaterThan(20)
    expect(second).toBeLessThan(first / 4)
  },
  60_000,
)
