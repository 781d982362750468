import {
  anyCharacter,
  character,
  choice,
  complementRanges,
  everyCharacter,
  intersectRanges,
  isNever,
  type Ranges,
  repeat,
  sequence,
  text,
} from '../expressions.ts'
import { oneOfTexts } from '../free-text.ts'
import type { Expression } from '../grammar.ts'
import type { RuleBook } from '../rule-book.ts'

/** Characters that a JSON string holds only escaped. */
const escaped: Ranges = [
  [0x00, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
]
const plain = intersectRanges(complementRanges(escaped), everyCharacter)

/** One of the characters as it is written in a JSON string, in one way only: escaped where it must be, as JavaScript does. */
export function jsonCharacters(ranges: Ranges): Expression {
  const specials: string[] = []
  for (const [first, last] of intersectRanges(ranges, escaped))
    for (let code = first; code <= last; code++) specials.push(escapeOf(String.fromCodePoint(code)))
  const rest = character(intersectRanges(ranges, plain))
  if (specials.length === 0) return rest
  return isNever(rest) ? oneOfTexts(specials) : choice(rest, oneOfTexts(specials))
}

/** The same for a whole expression without rules, over the characters of the string's value. */
export function jsonEncoded(book: RuleBook, expression: Expression): Expression {
  switch (expression.type) {
    case 'text':
      return text(escapeOf(expression.text))
    case 'character':
      return isEverything(expression) ? jsonCharacter(book) : jsonCharacters(expression.ranges)
    case 'sequence':
      return sequence(...expression.parts.map((part) => jsonEncoded(book, part)))
    case 'choice':
      return choice(...expression.options.map((option) => jsonEncoded(book, option)))
    case 'repeat':
      return repeat(jsonEncoded(book, expression.part), expression.least, expression.most)
    default:
      return expression
  }
}

/** Any character, written in the one way of `jsonCharacters`. */
export function jsonCharacter(book: RuleBook): Expression {
  return book.once('json-character', () => jsonCharacters(everyCharacter))
}

/** Any character in any way JSON has, so that a model that likes to write `\u00e9` or `\ud83d\ude42` can do so. */
export function jsonAnyCharacter(book: RuleBook): Expression {
  return book.once('json-any-character', () => {
    const hex = characters('09', 'AF', 'af')
    const unicode = choice(
      sequence(characters('09', 'AC', 'ac', 'EF', 'ef'), repeat(hex, 3, 3)),
      sequence(characters('DD', 'dd'), characters('07'), repeat(hex, 2, 2)),
      sequence(
        characters('DD', 'dd'),
        characters('89', 'AB', 'ab'),
        repeat(hex, 2, 2),
        text('\\u'),
        characters('DD', 'dd'),
        characters('CF', 'cf'),
        repeat(hex, 2, 2),
      ),
    )
    const short = character([...'"\\bfnrt'].map((each) => codeOf(each)).sort(([left], [right]) => left - right))
    return choice(character(plain), sequence(text('\\'), choice(short, sequence(text('u'), unicode))))
  })
}

function escapeOf(value: string): string {
  return JSON.stringify(value).slice(1, -1)
}

function isEverything(expression: Expression & { readonly type: 'character' }): boolean {
  return JSON.stringify(expression.ranges) === JSON.stringify((anyCharacter as typeof expression).ranges)
}

function characters(...pairs: readonly string[]): Expression {
  return character(pairs.map((pair) => [codeOf(pair)[0], codeOf(pair.slice(1))[1]] as const))
}

function codeOf(letter: string): readonly [number, number] {
  const code = letter.codePointAt(0) ?? 0
  return [code, code]
}
