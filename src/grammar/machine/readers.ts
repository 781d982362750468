import type { TokenTable } from '../constraint.ts'
import { RecentCache } from '../recent-cache.ts'
import type { CompiledGrammar } from './compile-grammar.ts'
import { Machine } from './machine.ts'
import { Stepwise } from './stepwise.ts'
import { TokenMasks } from './token-masks.ts'
import { readVocabulary, type Vocabulary } from './vocabulary.ts'

/** A machine that has grown larger is replaced by a new one, which learns again. */
const mostMachineBytes = 32 * 1024 * 1024
/** Grammars whose machines are kept, and what those may have grown to together. */
const mostMachines = 64
const mostBytes = 192 * 1024 * 1024

/** What a grammar's machine and its masks know about one vocabulary. */
export interface Reader {
  readonly machine: Machine
  readonly masks: TokenMasks
}

/** The machines of a model, one for each grammar. */
export class Readers {
  readonly #vocabulary: Stepwise<Vocabulary>
  readonly #readers = new RecentCache<CompiledGrammar, Reader>(mostMachines)

  constructor(table: TokenTable) {
    this.#vocabulary = new Stepwise(() => readVocabulary(table))
  }

  get vocabulary(): Vocabulary {
    return this.#vocabulary.value
  }

  /** Does a part of what the first text needs. False when all of it is there. */
  prepareMore(): boolean {
    return this.#vocabulary.step() || this.vocabulary.growTree()
  }

  /** The machine that is to be used from here on; another one than before when that has grown too large. */
  of(compiled: CompiledGrammar): Reader {
    const known = this.#readers.get(compiled)
    if (known && !isFull(known)) return known
    const { specials, longest } = this.vocabulary
    const machine = new Machine(compiled.program, { hasSpecial: (text) => specials.has(text), lookAhead: longest + 1 })
    const reader = { machine, masks: new TokenMasks(machine, this.vocabulary) }
    this.#readers.set(compiled, reader)
    this.#makeRoom()
    return reader
  }

  #makeRoom(): void {
    const readers = [...this.#readers.values()]
    let bytes = 0
    for (const reader of readers) bytes += reader.machine.memory + reader.masks.memory
    if (bytes > mostBytes) this.#readers.removeOldest(Math.ceil(readers.length / 2))
  }
}

export function isFull({ machine }: Reader): boolean {
  return machine.memory > mostMachineBytes
}
