import type { Grammar } from '../src/grammar/grammar.ts'
import { compileGrammar } from '../src/grammar/machine/compile-grammar.ts'
import { createConstrainer } from '../src/grammar/machine/constrainer.ts'
import { byteTable } from '../src/grammar/machine/token-table.fixture.ts'
import type { SeededRandom } from './seeded-random.ts'

/** Where the control tokens of a `byteTable` begin. */
const firstSpecial = 257

/** How far a walk goes by chance before it takes the shortest way to an end. */
interface WalkOptions {
  readonly specials: readonly string[]
  readonly random: SeededRandom
  readonly steps: number
}

/**
 * Writes a text as a model without any sense would that is held to a grammar: of the bytes and control tokens that may
 * come, any. Control tokens stand in the text by their names.
 */
export function constrainedWalk(grammar: Grammar, { specials, random, steps }: WalkOptions): string {
  const table = byteTable(specials.map((special) => ({ special })))
  const constraint = createConstrainer(table).begin(compileGrammar(grammar))
  const written: Uint8Array[] = []
  const encoder = new TextEncoder()
  const take = (token: number) => {
    constraint.accept(token)
    written.push(token < 256 ? Uint8Array.of(token) : encoder.encode(specials[token - firstSpecial]))
  }
  for (let step = 0; step < steps && !constraint.isOver; step++) {
    const allowed = tokensIn(constraint.allowedTokens()).filter((token) => token !== 256 && token < table.size)
    if (constraint.isComplete && random.chance(0.02)) break
    const plain = allowed.filter((token) => token >= 0x20 && token < 0x7f)
    take(random.pick(plain.length > 0 && random.chance(0.8) ? plain : allowed))
  }
  for (const part of constraint.shortestEnd()) {
    if (typeof part === 'number') take(part)
    else for (const byte of part) take(byte)
  }
  if (!constraint.isComplete) throw new Error('The shortest way to an end led to none')
  return Buffer.concat(written).toString('utf8')
}

const tokensIn = (mask: Uint32Array): readonly number[] =>
  [...mask].flatMap((word, at) =>
    Array.from({ length: 32 }, (_, bit) => bit)
      .filter((bit) => (word >>> bit) & 1)
      .map((bit) => at * 32 + bit),
  )
