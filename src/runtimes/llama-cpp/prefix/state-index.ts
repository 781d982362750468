import { sharedPrefix } from '../slot.ts'
import { usableTokens } from './choose-preparation.ts'

/** What a slot once held, as it is kept outside of it. */
export interface SavedState {
  readonly name: string
  readonly tokens: readonly number[]
  readonly bytes: number
  /** Whether a prefix of it can be had alone, as `Holder.isDivisible`. */
  readonly isDivisible: boolean
}

/**
 * The states that are kept, within a number of bytes: which of them serves a prompt best, and which one goes when there is
 * no room. Looking through all of them is quick: most differ from a prompt in their first tokens.
 */
export class StateIndex {
  readonly #mostBytes: number
  /** The one unused for longest comes first. */
  readonly #states = new Map<string, SavedState>()
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The state that saves most of reading the prompt, and how many of its tokens serve it. */
  best(prompt: readonly number[]): { readonly state: SavedState; readonly tokens: number } | undefined {
    let best: { state: SavedState; tokens: number } | undefined
    for (const state of this.#states.values()) {
      const tokens = usableTokens({ slot: state, isDivisible: state.isDivisible }, prompt)
      if (tokens > (best?.tokens ?? 0)) best = { state, tokens }
    }
    return best
  }

  /** How many of the first of these tokens can be had again. */
  covered(tokens: readonly number[]): number {
    let most = 0
    for (const state of this.#states.values()) {
      const shared = sharedPrefix(state.tokens, tokens)
      if (state.isDivisible || shared === state.tokens.length) most = Math.max(most, shared)
    }
    return most
  }

  /** It was of use just now. */
  use({ name }: SavedState): void {
    const state = this.#states.get(name)
    if (!state) return
    this.#states.delete(name)
    this.#states.set(name, state)
  }

  /** Forgets as many as it takes for so many bytes more to find room, and answers them. False: there cannot be so much. */
  makeRoom(bytes: number): readonly SavedState[] | false {
    if (bytes > this.#mostBytes) return false
    const gone: SavedState[] = []
    for (const state of this.#states.values()) {
      if (this.#bytes + bytes <= this.#mostBytes) break
      gone.push(state)
      this.remove(state)
    }
    return gone
  }

  /** Forgets those unused for longest until so many bytes are free that were not, and answers them. */
  release(bytes: number): readonly SavedState[] {
    const wanted = this.#bytes - bytes
    const gone: SavedState[] = []
    for (const state of this.#states.values()) {
      if (this.#bytes <= wanted) break
      gone.push(state)
      this.remove(state)
    }
    return gone
  }

  /** Takes in a state for which there is room, and answers those that it makes superfluous: they are forgotten. */
  add(state: SavedState): readonly SavedState[] {
    const gone = [...this.#states.values()].filter(
      ({ name, tokens }) =>
        name !== state.name && state.isDivisible && sharedPrefix(tokens, state.tokens) === tokens.length,
    )
    for (const each of [...gone, state]) this.remove(each)
    this.#states.set(state.name, state)
    this.#bytes += state.bytes
    return gone
  }

  remove({ name }: Pick<SavedState, 'name'>): void {
    this.#bytes -= this.#states.get(name)?.bytes ?? 0
    this.#states.delete(name)
  }
}
