import type { GenerationEvent } from '../../src/core/generation.ts'
import type { LoadedModel, Runtime } from '../../src/core/runtime.ts'
import { createFakeRuntime } from '../../src/runtimes/fake/fake-runtime.ts'
import { runChild } from '../../src/runtimes/isolated/child.ts'

// A child process whose tokens say when they were made, as ` <milliseconds since 1970>;`. Its argument is the pace of a
// fake model, in tokens a second for each of its answers, all at the same moments; 0 is as fast as it can.
const tokensPerSecond = Number(process.argv[2] ?? 0)
runChild(() => stamped(createFakeRuntime(tokensPerSecond > 0 ? { gate: gateOf(tokensPerSecond) } : {})))

/** Lets all waiting answers go on at the same moment, as a batch does. */
function gateOf(ticksPerSecond: number): () => Promise<void> {
  let next = Promise.withResolvers<void>()
  setInterval(() => {
    const { resolve } = next
    next = Promise.withResolvers<void>()
    resolve()
  }, 1000 / ticksPerSecond)
  return () => next.promise
}

/** A runtime whose models tell the time in place of their text. */
function stamped(inner: Runtime): Runtime {
  return {
    name: inner.name,
    accepts: (model) => inner.accepts(model),
    least: (model) => inner.least(model),
    estimate: (model, room) => inner.estimate(model, room),
    async load(entry, call) {
      const model = await inner.load(entry, call)
      const generate = model.generate?.bind(model)
      const stampedGenerate: LoadedModel['generate'] = (...given) => stampedEvents(generate?.(...given) ?? [])
      return Object.assign(model, { generate: stampedGenerate })
    },
  }
}

async function* stampedEvents(
  events: AsyncIterable<GenerationEvent> | readonly GenerationEvent[],
): AsyncGenerator<GenerationEvent> {
  for await (const event of events) {
    const now = performance.timeOrigin + performance.now()
    yield event.type === 'text-delta' ? { ...event, text: ` ${now.toFixed(3)};` } : event
  }
}
