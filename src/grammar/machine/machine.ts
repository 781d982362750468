import { Closure } from './closure.ts'
import type { Frame } from './frame.ts'
import { FrameTable } from './frame-table.ts'
import { GrammarError } from './grammar-error.ts'
import { leastLengths } from './least-lengths.ts'
import type { BranchStep, Program, Step } from './program.ts'
import { makeState, type State } from './state.ts'

/** Roughly what a state takes in memory, without its places and what follows. */
const stateBytes = 160
/** A machine that grows to this before it can be replaced, within one look at the vocabulary, is given up. */
const mostBytes = 256 * 1024 * 1024

export interface MachineOptions {
  readonly hasSpecial: (text: string) => boolean
  /** Bytes of the longest token. */
  readonly lookAhead: number
}

/**
 * Reads texts of a grammar byte by byte. Whatever it has found out about a state it keeps, so that common texts are read
 * as by a table; so it grows, and is to be replaced when it has grown too large.
 */
export class Machine {
  readonly program: Program
  readonly frames: FrameTable
  /** Where a text begins. */
  readonly start: State
  /** Where no text of the grammar gets to. */
  readonly dead = makeState([], false)
  readonly #closure: Closure
  readonly #states = new Map<string, State>()
  readonly #sampleBytes: Uint8Array
  /** The fewest bytes from each step to the end of its rule, by the step's id. */
  readonly least: Float64Array
  #memory = 0

  constructor(program: Program, options: MachineOptions) {
    this.program = program
    this.least = leastLengths(program, options.hasSpecial)
    this.frames = new FrameTable(program, this.least, options.lookAhead)
    this.#closure = new Closure(this.frames, program.steps.length, options.hasSpecial)
    this.#sampleBytes = new Uint8Array(program.classCount)
    program.byteClasses.forEach((byteClass, byte) => {
      this.#sampleBytes[byteClass] = byte
    })
    this.#closure.begin()
    this.#closure.go(program.start, undefined)
    this.start = this.#closed()
  }

  /** Bytes that it has grown to, roughly. */
  get memory(): number {
    return this.#memory + this.frames.memory
  }

  /** The state after a byte; `dead` when it cannot follow. */
  read(state: State, byte: number): State {
    const byteClass = this.program.byteClasses[byte] as number
    return state.next?.[byteClass] ?? this.#readNew(state, byteClass)
  }

  /** The state after the control token of that name; `dead` when it cannot follow. */
  readSpecial(state: State, text: string): State {
    this.#closure.begin()
    for (const { step, parent } of state.places) {
      if (step.type === 'special' && step.text === text) this.#closure.go(step.next, parent)
    }
    return this.#closed()
  }

  /** The state after the end of what stands on a frame. */
  resume(frame: Frame): State {
    if (!frame.resumed) {
      this.#closure.begin()
      this.#closure.resume(frame)
      frame.resumed = this.#closed()
    }
    return frame.resumed
  }

  /** The groups of eight bytes (bit `byte / 8`) after each of which the state is the same. */
  loops(state: State): number {
    if (state.loops === undefined) {
      let loops = 0
      for (let byte = 0; byte < 256; byte += 8) if (this.#isLoop(state, byte)) loops |= 1 << (byte >> 3)
      state.loops = loops
    }
    return state.loops
  }

  #isLoop(state: State, first: number): boolean {
    for (let byte = first; byte < first + 8; byte++) if (this.read(state, byte) !== state) return false
    return true
  }

  /** A state from which the same tokens may follow, and that many states share. */
  normal(state: State): State {
    state.normal ??= this.stateOf(
      state.places.map((place) => this.frames.normal(place)),
      state.isComplete,
    )
    return state.normal
  }

  /** The state of another machine for the same grammar, made anew in this one. */
  adopt(state: State): State {
    return this.stateOf(
      state.places.map((place) => this.frames.adopt(place)),
      state.isComplete,
    )
  }

  /** Places in any order, and more than once. */
  stateOf(places: readonly Frame[], isComplete: boolean): State {
    if (places.length < 2) return this.#intern(places, isComplete)
    const different = [...new Set(places)].sort((left, right) => left.id - right.id)
    return this.#intern(different, isComplete)
  }

  #readNew(state: State, byteClass: number): State {
    const byte = this.#sampleBytes[byteClass] as number
    this.#closure.begin()
    for (const place of state.places) this.#move(place, byte)
    const next = this.#closed()
    if (!state.next) {
      state.next = new Array(this.program.classCount)
      this.#memory += 8 * this.program.classCount
    }
    state.next[byteClass] = next
    return next
  }

  #move({ step, count, parent }: Frame, byte: number): void {
    if (step.type === 'text') {
      if (step.bytes[count] !== byte) return
      if (count + 1 < step.bytes.length) this.#closure.place(this.frames.frame(step, count + 1, parent))
      else this.#closure.go(step.next, parent)
    } else if (step.type === 'branch') {
      const next = branchTo(step, byte)
      if (next) this.#closure.go(next, parent)
    }
  }

  #closed(): State {
    const { places, isComplete } = this.#closure.end()
    return this.#intern(places, isComplete)
  }

  #intern(places: readonly Frame[], isComplete: boolean): State {
    const [only, more] = places
    if (!only && !isComplete) return this.dead
    if (only && !more && !isComplete) {
      only.alone ??= this.#make(places, isComplete)
      return only.alone
    }
    const key = `${isComplete ? '.' : ''}${places.map(({ id }) => id).join()}`
    const known = this.#states.get(key)
    if (known) return known
    const state = this.#make(places, isComplete)
    this.#states.set(key, state)
    this.#memory += 2 * key.length
    return state
  }

  #make(places: readonly Frame[], isComplete: boolean): State {
    this.#memory += stateBytes + 8 * places.length
    if (this.memory > mostBytes) throw new GrammarError('too-ambiguous', places[0]?.step.rule ?? 'root')
    return makeState(places, isComplete)
  }
}

function branchTo({ branches }: BranchStep, byte: number): Step | undefined {
  let low = 0
  let high = branches.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const branch = branches[middle]
    if (!branch) return undefined
    if (byte < branch.first) high = middle - 1
    else if (byte > branch.last) low = middle + 1
    else return branch.next
  }
  return undefined
}
