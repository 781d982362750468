import type { GenerationEvent } from '../core/generation.ts'
import type { LoadedModel } from '../core/runtime.ts'
import type { Lease } from '../engine/engine.ts'

/** Several generations that answer one request. */
export interface LanesCall {
  /** How many; at least one. */
  readonly count: number
  readonly signal: AbortSignal
  /** Waits for a slot of the model. */
  lease(signal: AbortSignal): Promise<Lease>
  /** Runs the generation of that number. */
  run(model: LoadedModel, index: number, signal: AbortSignal): AsyncIterable<GenerationEvent>
  /** Whether others wait for a slot of the model. */
  isWanted(): boolean
}

/** An event, and the number of the generation that it is of. */
export interface LaneEvent {
  readonly index: number
  readonly event: GenerationEvent
}

/**
 * Runs the generations in lanes: as many at once as the model has slots that can be had, and one at least. A further
 * lane that gets no slot is simply not there, and it makes room after each generation when others wait. An event is
 * taken from a lane when the one before it has been taken from here. What one generation throws ends all.
 */
export async function* generateInLanes(call: LanesCall): AsyncGenerator<LaneEvent> {
  const departure = new AbortController()
  const signal = AbortSignal.any([call.signal, departure.signal])
  const queueing = new AbortController()
  let next = 0
  const takeJob = () => {
    if (next + 1 >= call.count) queueing.abort()
    return next < call.count ? next++ : undefined
  }
  async function* work(lease: Lease, isFirst: boolean): AsyncGenerator<LaneEvent> {
    using held = lease
    for (let index = takeJob(); index !== undefined; index = isFirst || !call.isWanted() ? takeJob() : undefined)
      for await (const event of call.run(held.model, index, signal)) yield { index, event }
  }
  async function* further(): AsyncGenerator<LaneEvent> {
    const lease = await call.lease(AbortSignal.any([signal, queueing.signal])).catch(() => undefined)
    if (lease) yield* work(lease, false)
  }
  const first = await call.lease(signal)
  const more = Math.min(call.count, first.model.facts.slots) - 1
  let isOver = false
  const lanes = [work(first, true), ...Array.from({ length: more }, further)]
  try {
    yield* merge(lanes)
    isOver = true
  } finally {
    if (!isOver) departure.abort()
    await Promise.allSettled(lanes.map((lane) => lane.return(undefined)))
  }
}

type Arrival<Item> = { readonly source: AsyncGenerator<Item>; readonly result: IteratorResult<Item> }

/** The items of all sources as they come; each source is asked for its next one when the last one was taken. */
async function* merge<Item>(sources: readonly AsyncGenerator<Item>[]): AsyncGenerator<Item> {
  const arrived: (Arrival<Item> | { readonly error: unknown })[] = []
  let wake = () => {}
  const ask = (source: AsyncGenerator<Item>) => {
    void source
      .next()
      .then(
        (result) => arrived.push({ source, result }),
        (error: unknown) => arrived.push({ error }),
      )
      .then(() => wake())
  }
  for (const source of sources) ask(source)
  for (let open = sources.length; open > 0; ) {
    const arrival = arrived.shift()
    if (!arrival) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      continue
    }
    if ('error' in arrival) throw arrival.error
    if (arrival.result.done) open--
    else {
      yield arrival.result.value
      ask(arrival.source)
    }
  }
}
