import type { World } from '../../src/providers/world.ts'

/** A clock that stands still until a test moves it, and pauses that are over at once. */
export interface FakeWorld extends World {
  /** Milliseconds of all pauses, in their order. */
  readonly pauses: readonly number[]
  pass(milliseconds: number): void
  /** Whether other machines are there. */
  isSomebodyThere: boolean
}

/** `chance`: what the dice show, always. */
export function createFakeWorld(chance = 0.5): FakeWorld {
  const pauses: number[] = []
  let time = 1_000_000
  return {
    pauses,
    isSomebodyThere: true,
    async knock() {
      return this.isSomebodyThere
    },
    now: () => time,
    date: () => time,
    chance: () => chance,
    pass(milliseconds) {
      time += milliseconds
    },
    async wait(milliseconds, signal) {
      signal.throwIfAborted()
      pauses.push(milliseconds)
      time += milliseconds
    },
  }
}
