import { type EagerIterator, openLate, translate } from '../core/eager-iterator.ts'
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
  /** Slots of the model that nobody uses or waits for. */
  freeSlots(): number
  /** Whether others wait for a slot of the model. */
  isWanted(): boolean
}

/** An event, and the number of the generation that it is of. */
export interface LaneEvent {
  readonly index: number
  readonly event: GenerationEvent
}

/**
 * Runs the generations in lanes: one that waits for its turn as every request does, and further ones in slots that are
 * free, which make room after each generation when others wait. An event is taken from a lane when the one before it has
 * been taken from here. What one generation throws ends all; a further lane that gets no slot is simply not there.
 */
export function generateInLanes(call: LanesCall): AsyncIterable<LaneEvent> {
  return call.count === 1 ? generateAlone(call) : generateSeveral(call)
}

/** One generation needs no lanes, and is what nearly every request asks for. */
function generateAlone(call: LanesCall): EagerIterator<LaneEvent> {
  return openLate(async () => {
    const lease = await call.lease(call.signal)
    try {
      return translate(call.run(lease.model, 0, call.signal), {
        push: (event) => [{ index: 0, event }],
        close: () => lease[Symbol.dispose](),
      })
    } catch (error) {
      lease[Symbol.dispose]()
      throw error
    }
  })
}

async function* generateSeveral(call: LanesCall): AsyncGenerator<LaneEvent> {
  const departure = new AbortController()
  const lanes = new Lanes(call, AbortSignal.any([call.signal, departure.signal]))
  let isOver = false
  try {
    lanes.add(lanes.first(await call.lease(call.signal)))
    lanes.widen()
    for (let item = await lanes.next(); item; item = await lanes.next()) {
      yield item
      if (item.event.type === 'generation-end') lanes.widen()
    }
    isOver = true
  } finally {
    if (!isOver) departure.abort()
    await lanes.close()
  }
}

type Arrival = { readonly lane: AsyncGenerator<LaneEvent>; readonly result: IteratorResult<LaneEvent> }

/** The lanes of one request. */
class Lanes {
  readonly #call: LanesCall
  readonly #signal: AbortSignal
  /** Aborts when there is nothing left to begin: nobody needs to wait for a slot any more. */
  readonly #allBegun = new AbortController()
  readonly #open = new Set<AsyncGenerator<LaneEvent>>()
  readonly #arrived: (Arrival | { readonly error: unknown })[] = []
  /** The lane whose event was taken last: it is asked for its next one when that is wanted. */
  #last: AsyncGenerator<LaneEvent> | undefined
  #begun = 0
  #wake = () => {}

  constructor(call: LanesCall, signal: AbortSignal) {
    this.#call = call
    this.#signal = signal
  }

  add(lane: AsyncGenerator<LaneEvent>): void {
    this.#open.add(lane)
    this.#ask(lane)
  }

  /** Opens as many lanes as there are generations left and slots free. */
  widen(): void {
    const left = this.#call.count - this.#begun
    for (let more = Math.min(left, this.#call.freeSlots()); more > 0; more--) this.add(this.#further())
  }

  async *first(lease: Lease): AsyncGenerator<LaneEvent> {
    using held = lease
    for (let index = this.#begin(); index !== undefined; index = this.#begin()) yield* this.#run(held.model, index)
  }

  async *#further(): AsyncGenerator<LaneEvent> {
    const signal = AbortSignal.any([this.#signal, this.#allBegun.signal])
    const lease = await this.#call.lease(signal).catch(() => undefined)
    if (!lease) return
    using held = lease
    for (let index = this.#begin(); index !== undefined; index = this.#call.isWanted() ? undefined : this.#begin())
      yield* this.#run(held.model, index)
  }

  async *#run(model: LoadedModel, index: number): AsyncGenerator<LaneEvent> {
    for await (const event of this.#call.run(model, index, this.#signal)) yield { index, event }
  }

  #begin(): number | undefined {
    if (this.#begun >= this.#call.count) return undefined
    const index = this.#begun++
    if (this.#begun === this.#call.count) this.#allBegun.abort()
    return index
  }

  #ask(lane: AsyncGenerator<LaneEvent>): void {
    void lane
      .next()
      .then(
        (result) => this.#arrived.push({ lane, result }),
        (error: unknown) => this.#arrived.push({ error }),
      )
      .then(() => this.#wake())
  }

  /** The next event of any lane; undefined when all have ended. Throws what a lane throws. */
  async next(): Promise<LaneEvent | undefined> {
    if (this.#last) this.#ask(this.#last)
    this.#last = undefined
    while (this.#open.size > 0) {
      const arrival = this.#arrived.shift()
      if (!arrival)
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      else if ('error' in arrival) throw arrival.error
      else if (arrival.result.done) this.#open.delete(arrival.lane)
      else {
        this.#last = arrival.lane
        return arrival.result.value
      }
    }
    return undefined
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#open].map((lane) => lane.return(undefined)))
  }
}
