import type { GateCall } from '../../src/runtimes/fake/fake-runtime.ts'

/** Holds the fake runtime's requests at their tokens until a test lets them go. */
export interface Gate {
  /** For `FakeOptions.gate`. */
  readonly hold: (call: GateCall) => Promise<void>
  /** Resolves with the next request that stands at the gate, or one that stands there already. */
  arrival(): Promise<GateCall>
  /** Lets everything through from now on. */
  open(): void
}

/** A gate that lets each request have `free` tokens before it holds it. */
export function createGate(free = 0): Gate {
  const opened = Promise.withResolvers<void>()
  const arrived: GateCall[] = []
  const waiting: ((call: GateCall) => void)[] = []
  return {
    hold(call) {
      if (call.tokensOut < free) return Promise.resolve()
      const next = waiting.shift()
      if (next) next(call)
      else arrived.push(call)
      return opened.promise
    },
    arrival: () =>
      new Promise((resolve) => {
        const call = arrived.shift()
        if (call) resolve(call)
        else waiting.push(resolve)
      }),
    open: () => opened.resolve(),
  }
}
