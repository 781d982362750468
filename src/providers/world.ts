import { setTimeout as wait } from 'node:timers/promises'
import { knock } from './knock.ts'

/** The clock, the dice and who is there, so that tests can hold them. */
export interface World {
  /** Milliseconds that only grow. */
  now(): number
  /** Milliseconds since 1970. */
  date(): number
  /** From 0 up to but not 1. */
  chance(): number
  /** Rejects with the signal's reason once it aborts. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>
  /** Whether a machine takes connections, or refuses them: false where it is silent for so long. */
  knock(url: URL, milliseconds: number, signal: AbortSignal): Promise<boolean>
}

export const realWorld: World = {
  now: () => performance.now(),
  date: () => Date.now(),
  chance: () => Math.random(),
  knock,
  async wait(milliseconds, signal) {
    try {
      await wait(milliseconds, undefined, { signal })
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  },
}
