import { Bug } from '../../core/errors.ts'
import type { Constraint } from '../constraint.ts'
import type { CompiledGrammar } from './compile-grammar.ts'
import { isFull, type Reader, type Readers } from './readers.ts'
import { shortestEnd } from './shortest-end.ts'
import type { State } from './state.ts'

/** As much as is told at once of what must come. */
const mostForcedBytes = 4096
const noBytes = new Uint8Array()

/** A place in the text of one generation. */
export class GrammarConstraint implements Constraint {
  readonly #readers: Readers
  readonly #compiled: CompiledGrammar
  #reader: Reader
  #state: State
  /** Where the token that was asked about last leads to; usually it is the one that is taken. */
  #asked = -1
  #answer: State | undefined

  constructor(readers: Readers, compiled: CompiledGrammar) {
    this.#readers = readers
    this.#compiled = compiled
    this.#reader = readers.of(compiled)
    this.#state = this.#reader.machine.start
  }

  get isComplete(): boolean {
    return this.#state.isComplete
  }

  get isOver(): boolean {
    return this.#state.isComplete && this.#state.places.length === 0
  }

  get leastBytes(): number {
    return this.#state.least
  }

  allows(token: number): boolean {
    return this.#after(token) !== undefined
  }

  accept(token: number): void {
    const next = this.#after(token)
    if (!next) throw new Bug(`token ${token} was accepted where the grammar does not allow it.`)
    this.#state = next
    this.#asked = -1
  }

  forcedBytes(): Uint8Array {
    const { machine } = this.#renew()
    let state = this.#state
    if (!isForced(state)) return noBytes
    const bytes: number[] = []
    for (; bytes.length < mostForcedBytes && isForced(state); state = machine.read(state, state.onlyByte)) {
      bytes.push(state.onlyByte)
    }
    return Uint8Array.from(bytes)
  }

  allowedTokens(): Uint32Array {
    return this.#renew().masks.of(this.#state)
  }

  shortestEnd(): readonly (Uint8Array | number)[] {
    const { specials } = this.#readers.vocabulary
    return shortestEnd(this.#renew().machine, this.#state).map((part) =>
      typeof part === 'string' ? (specials.get(part)?.[0] as number) : part,
    )
  }

  /** The state after a token; undefined when it is not allowed. */
  #after(token: number): State | undefined {
    if (token === this.#asked) return this.#answer
    this.#answer = this.#find(token)
    this.#asked = token
    return this.#answer
  }

  #find(token: number): State | undefined {
    const { machine } = this.#renew()
    const { vocabulary } = this.#readers
    const special = this.#state.wantsSpecial ? vocabulary.specialText(token) : undefined
    if (special !== undefined) {
      const next = machine.readSpecial(this.#state, special)
      if (next !== machine.dead) return next
    }
    if (vocabulary.ends.has(token)) return this.#state.isComplete ? this.#state : undefined
    const { bytes, starts } = vocabulary.texts
    const end = starts[token + 1] ?? 0
    let at = starts[token] ?? end
    if (at >= end) return undefined
    let state = this.#state
    for (; at < end && state !== machine.dead; at++) state = machine.read(state, bytes[at] as number)
    return state === machine.dead ? undefined : state
  }

  /** Moves over to a new machine when the one in use has grown too large. */
  #renew(): Reader {
    if (!isFull(this.#reader)) return this.#reader
    this.#reader = this.#readers.of(this.#compiled)
    this.#state = this.#reader.machine.adopt(this.#state)
    this.#asked = -1
    return this.#reader
  }
}

function isForced(state: State): boolean {
  return state.onlyByte >= 0 && !state.isComplete && !state.wantsSpecial
}
