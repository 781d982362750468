import { rangesOf } from '../expressions.ts'
import type { Branch, Step } from './program.ts'
import type { StepBuilder } from './step-builder.ts'
import { type ByteRange, utf8Ranges } from './utf8-ranges.ts'

type Sequence = readonly ByteRange[]

/** Steps over the UTF-8 bytes of one character; none when there is no character. */
export function branchOnCharacters(
  ranges: readonly (readonly [first: number, last: number])[],
  next: Step,
  builder: StepBuilder,
): Step | undefined {
  const sequences = rangesOf(ranges).flatMap(([first, last]) => utf8Ranges(first, last))
  if (sequences.length === 0) return undefined
  return new CharacterTree(next, builder).branch(sequences, 0)
}

/** Equal rests of sequences become the same step: most characters end with the same one or two of any bytes. */
class CharacterTree {
  readonly #next: Step
  readonly #builder: StepBuilder
  readonly #known = new Map<string, Step>()

  constructor(next: Step, builder: StepBuilder) {
    this.#next = next
    this.#builder = builder
  }

  /** For ordered sequences that are equal up to `depth`, and longer. */
  branch(sequences: readonly Sequence[], depth: number): Step {
    const key = sequences.map((sequence) => sequence.slice(depth).join('-')).join()
    const known = this.#known.get(key)
    if (known) return known
    const step = this.#builder.branch(joinEqual(this.#branchesAt(sequences, depth)))
    this.#known.set(key, step)
    return step
  }

  #branchesAt(sequences: readonly Sequence[], depth: number): Branch[] {
    const branches: Branch[] = []
    for (let from = 0; from < sequences.length; ) {
      const sequence = sequences[from] as Sequence
      const [first, last] = sequence[depth] as ByteRange
      let to = from + 1
      while (sequences[to]?.[depth]?.[0] === first) to++
      const isEnd = sequence.length === depth + 1
      const next = isEnd ? this.#next : this.branch(sequences.slice(from, to), depth + 1)
      branches.push({ first, last, next })
      from = to
    }
    return branches
  }
}

function joinEqual(branches: readonly Branch[]): readonly Branch[] {
  const joined: Branch[] = []
  for (const branch of branches) {
    const before = joined.at(-1)
    if (before && before.next === branch.next && before.last + 1 === branch.first) {
      joined[joined.length - 1] = { ...before, last: branch.last }
    } else joined.push(branch)
  }
  return joined
}
